-- An event that is not done is set aside. `retry_count > 5` is exactly the failed ones, so it
-- counts no more than five. Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set processed = true, processed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    discarded_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), discard_reason = ?2,
    next_attempt_at = null, retry_count = min(retry_count, 5)
where seq = ?1 and processed = false
