-- Completes the events of foreign writers, which have no mapping: the next version of their
-- aggregate, under the lock of its head; nothing in the payload that the aggregate's mapping does
-- not name; and the database's own time, because theirs may be of any clock or time zone. Rows of
-- the write path bring their mapping and are passed over.
--
-- These functions read the row as (new).column, which PostgreSQL and CockroachDB both accept.
--[postgres]
-- Two steps, so that many events of one aggregate in one statement take time by their number and not
-- by its square, which one update of the head for each would: nobody can remove the head's
-- old versions before the transaction ends. First each row guesses the version after the
-- head; then, once a statement, the heads are raised in the order of their keys, and rows whose
-- guess was wrong are corrected. The setting tells the second step that there is something to do.
create or replace function twinbase_complete_event() returns trigger language plpgsql as $$
declare
  kept jsonb;
begin
  perform set_config('twinbase.incomplete', 'on', true);
  new.version := coalesce((
    select h.version from aggregate_version as h
    where h.aggregate_type = (new).aggregate_type and h.aggregate_id = (new).aggregate_id
  ), 0) + 1;
  if not (new).processed then
    new.created_at := clock_timestamp();
  end if;
  if jsonb_typeof((new).payload) = 'object'
    and exists (select 1 from aggregate_field as f where f.aggregate_type = (new).aggregate_type) then
    select coalesce(jsonb_object_agg(p.key, p.value), '{}'::jsonb) into kept
      from jsonb_each((new).payload) as p(key, value)
      join aggregate_field as f on f.aggregate_type = (new).aggregate_type and f.field = p.key;
    new.payload := kept;
  end if;
  return new;
end
$$;
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
      values (one.aggregate_type, one.aggregate_id, one.events)
      on conflict (aggregate_type, aggregate_id)
      do update set version = aggregate_version.version + excluded.version
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
drop trigger if exists twinbase_complete_event on "Outbox";
create trigger twinbase_complete_event before insert on "Outbox"
  for each row when ((new).mapping is null) execute function twinbase_complete_event();
drop trigger if exists twinbase_raise_heads on "Outbox";
create trigger twinbase_raise_heads after insert on "Outbox"
  referencing new table as inserted for each statement
  when (current_setting('twinbase.incomplete', true) = 'on') execute function twinbase_raise_heads();
--[cockroach]
-- Triggers of CockroachDB (a preview, since 24.3) are of rows alone, and it does not replace a
-- function that a trigger uses. A statement of ours that raises a head is refused beside a trigger that does
-- (0A000), even one whose condition does not hold: sessions set enable_multiple_modifications_of_table.
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
--[postgres]
-- The rows of an adopted table, in the order in which they were written.
with numbered as (
  select o.id, o.aggregate_type, o.aggregate_id,
         row_number() over (partition by o.aggregate_type, o.aggregate_id order by o.created_at, o.id) as n
  from "Outbox" as o
  where o.version = 0 and o.mapping is null
), head as (
  insert into aggregate_version (aggregate_type, aggregate_id, version)
  select n.aggregate_type, n.aggregate_id, max(n.n) from numbered as n group by 1, 2 order by 1, 2
  on conflict (aggregate_type, aggregate_id)
  do update set version = aggregate_version.version + excluded.version
  returning aggregate_type, aggregate_id, version
), last as (
  select n.aggregate_type, n.aggregate_id, max(n.n) as n from numbered as n group by 1, 2
)
update "Outbox" as o
set version = head.version - last.n + numbered.n
from numbered
join head using (aggregate_type, aggregate_id)
join last using (aggregate_type, aggregate_id)
where o.id = numbered.id;
--[sqlite]
-- No `on conflict` here: in a trigger SQLite would replace it by the conflict clause of the
-- writer's own statement, and `insert or replace` would reset the head. Of a key that a payload
-- has twice the last counts, as on PostgreSQL.
create trigger if not exists "Outbox_complete" after insert on "Outbox"
when new.mapping is null
begin
  insert into aggregate_version (aggregate_type, aggregate_id, version)
    select new.aggregate_type, new.aggregate_id, 0
    where not exists (
      select 1 from aggregate_version
      where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id
    );
  update aggregate_version set version = version + 1
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
