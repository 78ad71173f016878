-- When an event was charged last, and why a person set it aside.
--
-- SQLite has no `if not exists` here: the runner of migrations gives it that,
-- for statements of one line.
alter table "Outbox" add column if not exists failed_at text;
alter table "Outbox" add column if not exists discard_reason text;
