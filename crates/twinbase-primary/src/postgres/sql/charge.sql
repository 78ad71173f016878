-- Index: "Outbox_pending", one descent for each event. Lock: the rows.
-- $1, $2: partition and seq of each event; $3: the retry_count that the charger
-- saw; $4, $5: error and its key; $6: when to try again, or null for never.
-- Looked up as in `mark_applied`. Of two that charge the same failure, the second finds another retry_count.
update "Outbox" as o
set retry_count = c.next, last_error = c.error, error_key = c.error_key, failed_at = clock_timestamp(),
    next_attempt_at = case when c.next <= 5 then c.next_attempt_at end
from (
  select u.*, case when u.next_attempt_at is null then greatest(u.seen + 1, 6) else u.seen + 1 end as next
  from unnest(
    (select $1::int2[]), (select $2::int8[]), (select $3::int4[]),
    (select $4::text[]), (select $5::text[]), (select $6::timestamptz[])
  ) as u(p, s, seen, error, error_key, next_attempt_at)
) as c
--[cockroach]
where o.processed = false and o.retry_count <= 5
  and o."partition" = c.p and o.seq = c.s and greatest(o.retry_count, 0) = c.seen
--[postgres]
cross join lateral (
  select w.ctid as place from "Outbox" as w
  where w.processed = false and w.retry_count <= 5 and w."partition" = c.p and w.seq = c.s
  limit 1
) as f
where o.ctid = f.place and greatest(o.retry_count, 0) = c.seen
  and case when o.processed then false else o.retry_count <= 5 end
