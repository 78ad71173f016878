-- Which of these aggregates have an event that waits.
-- Index: all of "Outbox_pending": as long as the backlog, whatever the history. Lock: none.
select distinct aggregate_id
from "Outbox" indexed by "Outbox_pending"
where processed = false and retry_count <= 5 and aggregate_type = ?1
  and aggregate_id in (select value from json_each(?2))
