-- Index: "Outbox_pending", one descent for each event. Lock: none.
-- $1, $2: partition and seq of each event. Answers in their order; null for one that
-- is done or has failed meanwhile.
select (
  select o.payload::text from "Outbox" as o
  where o.processed = false and o.retry_count <= 5 and o."partition" = c.p and o.seq = c.s
) as payload
from unnest($1::int2[], $2::int8[]) with ordinality as c(p, s, n)
order by c.n
