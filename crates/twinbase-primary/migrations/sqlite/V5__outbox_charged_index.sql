-- What has failed at least once, by aggregate: a newer event that succeeds
-- heals the older ones. Nearly always empty. The count is in it so that retrying
-- and failed events are told apart without a look at their rows.
create index if not exists "Outbox_charged" on "Outbox" (aggregate_type, aggregate_id, retry_count)
  where processed = false and retry_count > 0;
