-- The event of a change, with the version that the change made.
-- Indexes written: "Outbox_id" and "Outbox_pending". Lock: the file's write lock.
insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload, version, traceparent, mapping)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
