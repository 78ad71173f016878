-- The one row that is updated to see whether changes come through.
create table if not exists twinbase_heartbeat (
  id text primary key,
  at timestamptz(3) not null
);
insert into twinbase_heartbeat (id, at)
values ('00000000-0000-0000-0000-000000000000', clock_timestamp())
on conflict do nothing;
