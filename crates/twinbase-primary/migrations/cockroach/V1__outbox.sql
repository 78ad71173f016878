-- The events. The first eight columns are the seed's; a writer may give only those.
--
-- "partition" is generated so that no writer can get it wrong, and leads the
-- index of what is pending, so that inserts spread over the ranges.
create table if not exists "Outbox" (
  id text primary key default gen_random_uuid()::text,
  event_type text not null,
  aggregate_type text not null,
  aggregate_id text not null,
  payload jsonb not null,
  processed boolean not null default false,
  retry_count int4 not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  version int8 not null,
  "partition" int2 not null as ((fnv32(aggregate_type || '/' || aggregate_id) % 16)::int2) stored,
  seq int8 not null default unique_rowid(),
  processed_at timestamptz(3),
  next_attempt_at timestamptz(3),
  last_error text,
  error_key text,
  discarded_at timestamptz(3),
  traceparent text
);
