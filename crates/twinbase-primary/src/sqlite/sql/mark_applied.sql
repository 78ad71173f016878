-- One event is applied. `retry_count > 5` means failed, so an event that was
-- retried by hand and succeeded counts no more than five.
-- Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set processed = true, processed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    next_attempt_at = null, retry_count = min(retry_count, 5)
where seq = ?1 and processed = false
