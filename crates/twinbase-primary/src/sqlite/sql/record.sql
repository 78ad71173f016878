-- An event as an operator sees it, without its payload. The time at which it was done is the one
-- by which its list is ordered.
-- Index: the table itself by seq. Lock: none.
select "partition", seq, id, event_type, aggregate_type, aggregate_id, version, retry_count,
  created_at, case when processed then coalesce(discarded_at, processed_at, created_at) end,
  next_attempt_at, failed_at, last_error, error_key, discard_reason, traceparent,
  processed, discarded_at is not null, next_attempt_at is not null
from "Outbox"
where seq = ?1
