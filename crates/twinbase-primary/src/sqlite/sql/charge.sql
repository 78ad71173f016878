-- One failure, counted once however many workers saw it; the sixth is the last.
-- Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set retry_count = ?2 + 1, last_error = ?3, error_key = ?4,
    next_attempt_at = case when retry_count < 5 then ?5 end
where seq = ?1 and max(retry_count, 0) = ?2 and retry_count <= 5 and processed = false
