-- The outbox in numbers, none but the backlog counted further than ?1: its index has nothing else,
-- and a million entries take some twenty milliseconds. Where the oldest
-- event lies is known without looking at all: it is the first of its partition.
-- Indexes: "Outbox_pending" and "Outbox_charged", from their start. Lock: none.
with recursive
  partitions (number) as (
    values (0) union all select number + 1 from partitions where number < 15
  ),
  oldest_pending (created_at) as (
    select min(event.created_at)
    from partitions
    join "Outbox" as event on event.seq = (
      select seq from "Outbox" indexed by "Outbox_pending"
      where "partition" = partitions.number and processed = false and retry_count <= 5
      order by seq limit 1
    )
  ),
  failed (created_at) as (
    select created_at from "Outbox" indexed by "Outbox_charged"
    where processed = false and retry_count > 0 and retry_count > 5
    limit ?1
  )
select
  (select count(*) from "Outbox" indexed by "Outbox_pending"
    where processed = false and retry_count <= 5) as backlog,
  (select count(*) from (
    select 1 from "Outbox" indexed by "Outbox_charged"
    where processed = false and retry_count > 0 and retry_count <= 5 limit ?1)) as retrying,
  (select count(*) from failed) as failed,
  (select cast((julianday('now') - julianday(created_at)) * 86400000.0 as integer) from oldest_pending) as oldest_pending_millis,
  (select cast((julianday('now') - julianday(min(created_at))) * 86400000.0 as integer) from failed) as oldest_failed_millis,
  true as backlog_is_exact,
  (select floor from twinbase_timeline where id = 1) as floor,
  coalesce((select cause is not null from twinbase_timeline where id = 1), true) as unproven
