-- The floor of versions: every version is max(version, floor) + 1, so that a database which was put back to an
-- earlier state never gives out a version again. Beside it which database wrote it, and since when and
-- why a comparison of both sides is owed. One row.
create table if not exists twinbase_timeline (
  id int4 not null primary key check (id = 1),
  floor int8 not null,
  database text,
  raised_at {time},
  cause text
);
insert into twinbase_timeline (id, floor) values (1, 0) on conflict do nothing;
--[postgres]
-- Writers read the floor from a sequence, because it has no snapshots: a transaction that began before the floor was raised
-- reads the new one too, at any isolation level.
create sequence if not exists twinbase_floor minvalue 0 start 0;
-- Waits for the changes that are in flight, and has later ones wait until the floor is there.
create or replace function twinbase_raise_floor(at_least bigint, of_database text, because text)
returns void language plpgsql as $$
begin
  lock table aggregate_version in share row exclusive mode;
  perform setval('twinbase_floor', greatest(at_least, last_value)) from twinbase_floor;
  update twinbase_timeline
    set floor = greatest(floor, at_least), database = of_database, raised_at = clock_timestamp(), cause = because;
end
$$;
-- As before, with the floor. Versions that V3's other trigger guessed from the head alone are corrected here.
create or replace function twinbase_raise_heads() returns trigger language plpgsql as $$
declare
  one record;
  event text;
  ids text[];
  head bigint;
begin
  perform set_config('twinbase.incomplete', '', true);
  for one in
    select i.aggregate_type, i.aggregate_id, count(*) as events, max(i.version) as guess,
           array_agg(i.id order by i.seq) as ids
    from inserted as i
    where i.mapping is null
    group by i.aggregate_type, i.aggregate_id
    order by i.aggregate_type, i.aggregate_id
  loop
    insert into aggregate_version (aggregate_type, aggregate_id, version)
      values (one.aggregate_type, one.aggregate_id, (select last_value from twinbase_floor) + one.events)
      on conflict (aggregate_type, aggregate_id)
      do update set version = greatest(aggregate_version.version + one.events, excluded.version)
      returning aggregate_version.version into head;
    if one.events > 1 or one.guess <> head then
      head := head - one.events;
      ids := one.ids;
      foreach event in array ids loop
        head := head + 1;
        update "Outbox" as o set version = head where o.id = event and o.version <> head;
      end loop;
    end if;
  end loop;
  return null;
end
$$;
--[cockroach]
-- Every transaction is serializable here: one that read the old floor is run again. A function that a trigger uses is not replaced.
drop trigger if exists twinbase_complete_event on "Outbox";
create or replace function twinbase_complete_event() returns trigger language plpgsql as $$
declare
  next_version bigint;
  is_listed boolean;
  kept jsonb;
begin
  insert into aggregate_version (aggregate_type, aggregate_id, version)
    values ((new).aggregate_type, (new).aggregate_id, (select floor from twinbase_timeline) + 1)
    on conflict (aggregate_type, aggregate_id)
    do update set version = greatest(aggregate_version.version + 1, excluded.version)
    returning aggregate_version.version into next_version;
  new.version := next_version;
  if not (new).processed then
    new.created_at := clock_timestamp();
  end if;
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
create trigger twinbase_complete_event before insert on "Outbox"
  for each row when ((new).mapping is null) execute function twinbase_complete_event();
--[sqlite]
-- As V3 has it, with the floor.
drop trigger if exists "Outbox_complete";
create trigger "Outbox_complete" after insert on "Outbox"
when new.mapping is null
begin
  insert into aggregate_version (aggregate_type, aggregate_id, version)
    select new.aggregate_type, new.aggregate_id, 0
    where not exists (
      select 1 from aggregate_version
      where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id
    );
  update aggregate_version set version = max(version, (select floor from twinbase_timeline)) + 1
    where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id;
  update "Outbox" set
    version = (
      select version from aggregate_version
      where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id
    ),
    created_at = case
      when new.processed then coalesce(
        case
          when new.created_at glob '*[^0-9]*' then strftime('%Y-%m-%dT%H:%M:%fZ', new.created_at)
          else strftime('%Y-%m-%dT%H:%M:%fZ', new.created_at / 1000.0, 'unixepoch')
        end,
        {now}
      )
      else {now}
    end,
    payload = case
      when json_type(new.payload) = 'object' and exists (
        select 1 from aggregate_field where aggregate_type = new.aggregate_type
      ) then (
        select json_group_object(last.key, case
          when last.type in ('object', 'array') then json(last.value)
          when last.type in ('true', 'false') then json(last.type)
          else last.value
        end)
        from (
          select member.key, member.type, member.value, max(member.id)
          from json_each(new.payload) as member
          join aggregate_field as listed
            on listed.aggregate_type = new.aggregate_type and listed.field = member.key
          group by member.key
        ) as last
      )
      else new.payload
    end
  where seq = new.seq;
end;
