-- Removes the heads of aggregates that nothing has happened to and nothing waits for; ?1 is a JSON array of
-- [type, id, version].
-- Indexes: the primary key; "Outbox_charged"; all of "Outbox_pending": as long as the backlog, whatever the
-- history. Lock: the file's write lock.
with ended (aggregate_type, aggregate_id, version) as materialized (
  select value ->> 0, value ->> 1, value ->> 2 from json_each(?1)
)
delete from aggregate_version
where (aggregate_type, aggregate_id, version) in (select aggregate_type, aggregate_id, version from ended)
  and not exists (
    select 1 from "Outbox" as event indexed by "Outbox_charged"
    where event.aggregate_type = aggregate_version.aggregate_type
      and event.aggregate_id = aggregate_version.aggregate_id
      and event.processed = false and event.retry_count > 0
  )
  and (aggregate_type, aggregate_id) not in (
    select aggregate_type, aggregate_id from "Outbox" indexed by "Outbox_pending"
    where processed = false and retry_count <= 5
      and aggregate_id in (select aggregate_id from ended)
  )
