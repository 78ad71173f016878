-- What is done, in the order in which it is listed and removed: by time and then by seq, which
-- every index ends with. A foreign writer that marks events itself gives no time of that: the
-- event's own time stands in for it. What was discarded is listed by itself, and is a
-- handful among millions.
create index if not exists "Outbox_done" on "Outbox" (coalesce(processed_at, created_at))
  where processed = true;
create index if not exists "Outbox_discarded" on "Outbox" (discarded_at)
  where processed = true and discarded_at is not null;
