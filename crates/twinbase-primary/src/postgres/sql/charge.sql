-- Index: "Outbox_pending", one descent for each event. Lock: the rows.
-- $1, $2: partition and seq of each event; $3: the retry_count that the charger
-- saw; $4, $5: error and its key; $6: when to try again.
-- Of two that charge the same failure, the second finds another retry_count.
update "Outbox" as o
set retry_count = c.seen + 1, last_error = c.error, error_key = c.error_key, next_attempt_at = c.next_attempt_at
from unnest($1::int2[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::timestamptz[])
  as c(p, s, seen, error, error_key, next_attempt_at)
where o.processed = false and o.retry_count <= 5
  and o."partition" = c.p and o.seq = c.s and greatest(o.retry_count, 0) = c.seen
