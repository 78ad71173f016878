-- Completes an event whose writer knows nothing of versions: the next version
-- of its aggregate, under the lock of the head, and nothing in the payload that
-- the aggregate's mapping does not name.
--
-- The row is read as (new).column, which PostgreSQL and CockroachDB both accept.
-- CockroachDB does not replace a function that a trigger uses; the next
-- migration makes the trigger again.
drop trigger if exists twinbase_complete_event on "Outbox";
create or replace function twinbase_complete_event() returns trigger language plpgsql as $$
declare
  next_version bigint;
  is_listed boolean;
  kept jsonb;
begin
  insert into aggregate_version (aggregate_type, aggregate_id, version)
    values ((new).aggregate_type, (new).aggregate_id, 1)
    on conflict (aggregate_type, aggregate_id)
    do update set version = aggregate_version.version + 1
    returning aggregate_version.version into next_version;
  new.version := next_version;
  select exists (select 1 from aggregate_field f where f.aggregate_type = (new).aggregate_type) into is_listed;
  if is_listed and jsonb_typeof((new).payload) = 'object' then
    select coalesce(jsonb_object_agg(p.key, p.value), '{}'::jsonb) into kept
      from jsonb_each((new).payload) as p(key, value)
      join aggregate_field f on f.aggregate_type = (new).aggregate_type and f.field = p.key;
    new.payload := kept;
  end if;
  return new;
end
$$;
