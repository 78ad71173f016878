-- Completes an event whose writer knows nothing of versions: the next version of
-- its aggregate, nothing in the payload that the aggregate's mapping does not
-- name, and a time in our form, whichever of SQLite's forms the writer used
-- (a number is milliseconds since 1970, as Prisma writes it).
--
-- No `on conflict` here: in a trigger SQLite would replace it by the conflict
-- clause of the writer's own statement, and `insert or replace` would reset the head.
-- Rows of the write path bring their version and never get here.
create trigger if not exists "Outbox_complete" after insert on "Outbox"
when new.version is null
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
    created_at = coalesce(
      case
        when new.created_at glob '*[^0-9]*' then strftime('%Y-%m-%dT%H:%M:%fZ', new.created_at)
        else strftime('%Y-%m-%dT%H:%M:%fZ', new.created_at / 1000.0, 'unixepoch')
      end,
      strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    ),
    payload = case
      when json_type(new.payload) = 'object' and exists (
        select 1 from aggregate_field where aggregate_type = new.aggregate_type
      ) then (
        select json_group_object(member.key, new.payload -> member.fullkey)
        from json_each(new.payload) as member
        join aggregate_field as listed
          on listed.aggregate_type = new.aggregate_type and listed.field = member.key
      )
      else new.payload
    end
  where seq = new.seq;
end;
