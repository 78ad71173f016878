-- A discarded event waits again, and is applied from the current row.
-- Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set processed = false, processed_at = null, discarded_at = null, discard_reason = null,
    next_attempt_at = null, retry_count = 1
where seq = ?1 and processed = true and discarded_at is not null
