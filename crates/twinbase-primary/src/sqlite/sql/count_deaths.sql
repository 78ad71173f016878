-- Other workers died with one event in hand: a death more on its account.
-- Index: the primary key of workers; the table of marks is a batch or two. Lock: the file's write
-- lock, when there is one.
update twinbase_started as started set alone = alone + 1
where worker <> ?2
  and not exists (
    select 1 from twinbase_worker where id = started.worker and expires_at > ?1
  )
  and 1 = (
    select count(*) from twinbase_started as other where other.worker = started.worker
  )
