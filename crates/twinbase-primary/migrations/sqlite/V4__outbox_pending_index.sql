-- What waits, in the order in which it is read: within a partition by seq, which
-- every index ends with. Small whatever the history: an event leaves it when it
-- is applied or has failed for good.
create index if not exists "Outbox_pending" on "Outbox" ("partition")
  where processed = false and retry_count <= 5;
