-- Ids of new events are UUIDs of version 7 (RFC 9562): the milliseconds since 1970 in
-- 12 hex digits, then what is random. They go to the end of the primary key,
-- whose pages are then written once and not all over again for each batch.
--
-- What is random comes from a UUID of version 4, whose variant is the same.
alter table "Outbox" alter column id set default (
  overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0') placing '-' from 9 for 0)
  || '-7' || substr(gen_random_uuid()::text, 16)
);
