-- What has failed at least once, by aggregate: a newer event that succeeds
-- heals the older ones. Nearly always empty.
create index if not exists "Outbox_charged" on "Outbox" (aggregate_type, aggregate_id)
  where processed = false and retry_count > 0;
