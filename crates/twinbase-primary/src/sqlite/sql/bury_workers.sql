-- What other, dead workers had in hand is suspect, and in nobody's hand; their deaths have been
-- counted. Index: the primary key of workers; the table of marks is a batch or two.
-- Lock: the file's write lock, when there is one.
update twinbase_started as started set worker = null, suspect = true
where worker <> ?2
  and not exists (
    select 1 from twinbase_worker where id = started.worker and expires_at > ?1
  )
