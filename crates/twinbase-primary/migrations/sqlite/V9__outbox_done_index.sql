-- What is done, in the order in which it is listed and removed: by time and then by
-- seq, which every index ends with. What was discarded is listed by itself,
-- and is a handful among millions.
create index if not exists "Outbox_done" on "Outbox" (processed_at)
  where processed = true;
create index if not exists "Outbox_discarded" on "Outbox" (processed_at)
  where processed = true and discarded_at is not null;
