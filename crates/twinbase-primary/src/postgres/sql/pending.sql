-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- $1, $2: partitions and the seq after which to read of each; $3: now;
-- $4: most events of one partition; $5: most events in all.
-- The partitions are walked in the order given and only until there is enough.
select e."partition", e.seq, e.id, e.event_type, e.aggregate_type, e.aggregate_id,
       e.version, e.payload, e.retry_count, e.created_at
from unnest($1::int2[], $2::int8[]) as c(p, after)
cross join lateral (
  select o."partition", o.seq, o.id, o.event_type, o.aggregate_type, o.aggregate_id,
         o.version, o.payload::text as payload, o.retry_count::int8 as retry_count, o.created_at
  from "Outbox" as o
  where o.processed = false and o.retry_count <= 5
    and o."partition" = c.p and o.seq > c.after
    and (o.next_attempt_at is null or o.next_attempt_at <= $3::timestamptz)
  order by o.seq
  limit $4::int8
) as e
limit $5::int8
