-- Index: "Outbox_pending" read whole, which is as long as the backlog, and the failed part of "Outbox_charged". Lock: none.
-- $1: where counting stops; ages are of all.
-- A time of a foreign writer may be in the future or infinite, which has no difference to now.
select w.aggregate_type,
       count(*) filter (where w.n <= $1::int8 and not w.failed)::int8 as backlog,
       count(*) filter (where w.n <= $1::int8 and not w.failed and w.retry_count > 0)::int8 as retrying,
       count(*) filter (where w.n <= $1::int8 and w.failed)::int8 as failed,
       (extract(epoch from clock_timestamp() - min(w.at) filter (where not w.failed)) * 1000)::int8 as oldest_pending_millis,
       (extract(epoch from clock_timestamp() - min(w.at) filter (where w.failed)) * 1000)::int8 as oldest_failed_millis,
       coalesce(bool_and(w.n <= $1::int8), true) as backlog_is_exact
from (
  select u.aggregate_type, u.retry_count, u.failed, row_number() over () as n,
         greatest(least(u.created_at, clock_timestamp()), 'epoch'::timestamptz) as at
  from (
    select aggregate_type, retry_count, created_at, false as failed from "Outbox"
    where processed = false and retry_count <= 5
    union all
    select aggregate_type, retry_count, created_at, true as failed from "Outbox"
    where processed = false and retry_count > 0 and retry_count > 5
  ) as u
) as w
group by w.aggregate_type
order by w.aggregate_type
