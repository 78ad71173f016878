-- One failure, counted once however many workers saw it; the sixth is the last, and so is one
-- without a next time.
-- A foreign writer may have left a fraction, which is read as the number above it.
-- Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set retry_count = case when ?5 is null then 6 else ?2 + 1 end, last_error = ?3, error_key = ?4,
    failed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    next_attempt_at = case when retry_count < 5 then ?5 end
where seq = ?1 and max(retry_count, 0) > ?2 - 1 and max(retry_count, 0) <= ?2 and retry_count <= 5 and processed = false
