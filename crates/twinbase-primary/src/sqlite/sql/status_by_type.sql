-- The outbox in numbers, for each type: as all is read for the ages, all is counted. What waits is read in the
-- order of seq, so that each page of the table is read once, which a walk by partitions would do 16 times.
-- Index: all of "Outbox_pending", then the table itself by seq, and the failed part of "Outbox_charged". Lock: none.
select aggregate_type, sum(backlog) as backlog, sum(retrying) as retrying, sum(failed) as failed,
  cast((julianday('now') - julianday(min(waits_since))) * 86400000.0 as integer) as oldest_pending_millis,
  cast((julianday('now') - julianday(min(failed_since))) * 86400000.0 as integer) as oldest_failed_millis,
  true as backlog_is_exact
from (
  select aggregate_type, 1 as backlog, retry_count > 0 as retrying, 0 as failed,
    created_at as waits_since, null as failed_since
  from "Outbox"
  where seq in (
    select seq from "Outbox" indexed by "Outbox_pending" where processed = false and retry_count <= 5
  )
  union all
  select aggregate_type, 0, 0, 1, null, created_at from "Outbox" indexed by "Outbox_charged"
  where processed = false and retry_count > 0 and retry_count > 5
)
group by aggregate_type
