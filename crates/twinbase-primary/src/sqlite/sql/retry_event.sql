-- A failed or retrying event is tried again now. It keeps one try on its account, so that it is
-- applied from the current row. Index: the table itself by seq. Lock: the file's write lock.
update "Outbox"
set retry_count = 1, next_attempt_at = null
where seq = ?1 and processed = false
  and (retry_count > 5 or retry_count > 0 and next_attempt_at is not null)
