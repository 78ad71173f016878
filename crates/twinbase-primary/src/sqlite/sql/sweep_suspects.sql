-- What is done, or has failed for good, can kill nobody any more.
-- Index: the primary keys; the table of marks is a batch or two. Lock: the file's write lock, when
-- there is one.
delete from twinbase_started
where worker is null and not exists (
  select 1 from "Outbox" as event
  where event.seq = twinbase_started.seq and event.processed = false and event.retry_count <= 5
)
