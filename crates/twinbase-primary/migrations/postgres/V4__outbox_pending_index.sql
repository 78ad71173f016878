-- What waits, in the order in which it is read. Small whatever the history:
-- an event leaves it when it is applied or has failed for good.
create index if not exists "Outbox_pending" on "Outbox" ("partition", seq)
  where processed = false and retry_count <= 5;
