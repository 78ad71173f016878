-- Removes the head of an aggregate that nothing has happened to and nothing waits for.
-- Indexes: the primary key; "Outbox_charged"; the aggregate's partition of "Outbox_pending", as
-- long as the backlog. Lock: the file's write lock.
delete from aggregate_version
where aggregate_type = ?1 and aggregate_id = ?2 and version = ?3
  and not exists (
    select 1 from "Outbox" indexed by "Outbox_charged"
    where aggregate_type = ?1 and aggregate_id = ?2 and processed = false and retry_count > 0
  )
  and not exists (
    select 1 from "Outbox" indexed by "Outbox_pending"
    where "partition" = ?4 and processed = false and retry_count <= 5
      and aggregate_type = ?1 and aggregate_id = ?2
  )
