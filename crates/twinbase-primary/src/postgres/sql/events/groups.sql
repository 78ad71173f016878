-- Index: "Outbox_charged", read whole: it has what has failed or is retrying. Then the primary key. Lock: none.
-- $1: most groups.
with cause as (
  select coalesce(o.error_key, '') as error_key,
         count(*) filter (where o.retry_count > 5)::int8 as failed,
         count(*) filter (where o.retry_count <= 5)::int8 as retrying,
         min(o.created_at) as oldest, max(o.failed_at) as last_failed_at, max(o.id) as sample_id
  from "Outbox" as o
  where o.processed = false and o.retry_count > 0 and (o.retry_count > 5 or o.next_attempt_at is not null)
  group by 1
  order by count(*) desc, 1
  limit $1::int8
)
select c.error_key, c.failed, c.retrying, c.oldest, c.last_failed_at, c.sample_id,
       coalesce((select o.last_error from "Outbox" as o where o.id = c.sample_id), '') as sample_error
from cause as c
order by c.failed + c.retrying desc, c.error_key
