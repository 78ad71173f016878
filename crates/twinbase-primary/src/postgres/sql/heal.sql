-- Index: "Outbox_charged", one descent for each key. Lock: the rows.
-- $1, $2, $3: type, id and version of each key that was applied.
-- A failed event that is healed is not failed any more, and `retry_count > 5`
-- is exactly the failed ones.
update "Outbox" as o
set processed = true, processed_at = clock_timestamp(), next_attempt_at = null, retry_count = least(o.retry_count, 5)
from unnest((select $1::text[]), (select $2::text[]), (select $3::int8[])) as h(t, i, v)
where o.processed = false and o.retry_count > 0
  and o.aggregate_type = h.t and o.aggregate_id = h.i and o.version <= h.v
