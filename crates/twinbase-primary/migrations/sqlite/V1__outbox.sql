-- The events. The first eight columns are the seed's; a writer may give only those.
--
-- seq is the rowid, so an event is found and marked without another index, and
-- `autoincrement` keeps a number from being used twice: a worker that wakes up
-- late must not mark another event than the one it read.
-- id is a UUID of version 7 (RFC 9562): new ones go to the end of their index.
-- version is null only until the trigger of V7 has run.
-- "partition" is a hash of the last characters of the aggregate's id, where
-- UUIDs, numbers and names differ most; SQLite has no hash function of its own.
create table if not exists "Outbox" (
  id text not null default (
    substr(printf('%012x', cast(unixepoch('subsec') * 1000 as integer)), 1, 8)
    || '-' || substr(printf('%012x', cast(unixepoch('subsec') * 1000 as integer)), 9, 4)
    || '-7' || substr(lower(hex(randomblob(2))), 2)
    || '-' || substr('89ab', 1 + (abs(random() % 4)), 1) || substr(lower(hex(randomblob(2))), 2)
    || '-' || lower(hex(randomblob(6)))
  ),
  event_type text not null,
  aggregate_type text not null,
  aggregate_id text not null,
  payload text not null check (json_valid(payload)),
  processed boolean not null default false check (processed in (false, true)),
  retry_count integer not null default 0,
  created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  version integer,
  "partition" integer generated always as (
    (
      coalesce(unicode(substr(aggregate_id, -1)), 0)
      + 3 * coalesce(unicode(substr(aggregate_id, -2, 1)), 0)
      + 5 * coalesce(unicode(substr(aggregate_id, -3, 1)), 0)
      + 7 * coalesce(unicode(substr(aggregate_id, -4, 1)), 0)
    ) & 15
  ) virtual,
  seq integer primary key autoincrement,
  processed_at text,
  next_attempt_at text,
  last_error text,
  error_key text,
  discarded_at text,
  traceparent text,
  constraint "Outbox_id" unique (id)
);
