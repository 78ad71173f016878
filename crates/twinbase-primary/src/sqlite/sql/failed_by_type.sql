-- Every event without tries left, by what the numbers of its type are made of.
-- Index: all of "Outbox_charged". Lock: none.
select aggregate_type, retry_count, created_at
from "Outbox" indexed by "Outbox_charged"
where processed = false and retry_count > 0 and retry_count > 5
