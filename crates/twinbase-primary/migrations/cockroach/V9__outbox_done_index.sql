-- Events go 7 days after they were done: row-level TTL does it in the background. An index
-- by time would be one hot range, so lists of what is done are slow here.
-- What waits has no processed_at and never expires.
alter table "Outbox" set (
  ttl_expiration_expression = $$((processed_at at time zone 'UTC') + interval '7 days') at time zone 'UTC'$$,
  ttl_job_cron = '@hourly'
);
create index if not exists "Outbox_discarded" on "Outbox" (discarded_at, seq)
  where processed = true and discarded_at is not null;
