-- Index: "Outbox_pending", read whole: it is as long as the backlog. Lock: none.
-- $1: the aggregate type; $2: ids.
select distinct o.aggregate_id
from "Outbox" as o
where o.processed = false and o.retry_count <= 5
  and o.aggregate_type = $1::text and o.aggregate_id = any($2::text[])
