-- Index: "Outbox_pending", one descent for each event. Lock: the rows.
-- $1, $2: partition and seq of each event.
-- An event that has been marked, or has failed for good meanwhile, is not in the index and not touched.
update "Outbox" as o
set processed = true, processed_at = clock_timestamp(), next_attempt_at = null
from unnest($1::int2[], $2::int8[]) as a(p, s)
where o.processed = false and o.retry_count <= 5
  and o."partition" = a.p and o.seq = a.s
