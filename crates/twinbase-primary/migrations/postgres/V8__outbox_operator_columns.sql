-- When an event was charged last, and why a person set it aside.
alter table "Outbox"
  add column if not exists failed_at timestamptz(3),
  add column if not exists discard_reason text;
