-- A newer event of the aggregate was applied, so its charged and failed ones are done too.
-- Index: "Outbox_charged". Lock: the file's write lock.
update "Outbox" indexed by "Outbox_charged"
set processed = true, processed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    next_attempt_at = null, retry_count = min(retry_count, 5)
where aggregate_type = ?1 and aggregate_id = ?2 and version <= ?3
  and processed = false and retry_count > 0
