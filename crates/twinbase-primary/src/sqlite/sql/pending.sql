-- Events of one partition that wait and whose time has come. Whoever reads them stops when it
-- has enough.
-- Index: a range of "Outbox_pending", in its own order. Lock: none.
select seq, event_type, aggregate_type, aggregate_id, version, payload, retry_count, created_at,
  traceparent, mapping
from "Outbox" indexed by "Outbox_pending"
where "partition" = ?1 and seq > ?2 and processed = false and retry_count <= 5
  and (next_attempt_at is null or next_attempt_at <= ?3)
order by seq
