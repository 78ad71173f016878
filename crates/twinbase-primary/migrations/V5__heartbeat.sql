-- The one row that is updated to see whether changes come through.
create table if not exists twinbase_heartbeat (
  id text not null primary key,
  at {time} not null
);
insert into twinbase_heartbeat (id, at)
values ('00000000-0000-0000-0000-000000000000', {now})
on conflict do nothing;
