-- Removes the oldest events that were done before a time.
-- Index: a range of "Outbox_done", from its start, so `limit` ends it. Lock: the file's write lock.
delete from "Outbox"
where seq in (
  select seq from "Outbox" indexed by "Outbox_done"
  where processed = true and coalesce(processed_at, created_at) < ?1
  order by coalesce(processed_at, created_at), seq
  limit ?2
)
returning event_type, aggregate_type, aggregate_id, version
