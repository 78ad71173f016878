-- What is done, in the order in which it is listed and removed. A foreign writer
-- that marks events itself gives no time of that: the event's own time stands in for it.
-- What was discarded is listed by itself, and is a handful among millions.
create index if not exists "Outbox_done" on "Outbox" (coalesce(processed_at, created_at), seq)
  where processed = true;
create index if not exists "Outbox_discarded" on "Outbox" (discarded_at, seq)
  where processed = true and discarded_at is not null;
