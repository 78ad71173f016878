-- What people had done, one row each: what runs is held by a process until held_until, then another takes it over. request and
-- progress are JSON of the program that knows the kind. Kept for a year after its end, so that it is known who did what.
create table if not exists twinbase_operation (
  id text not null primary key,
  kind text not null,
  done_by text not null,
  request text not null,
  state text not null,
  progress text not null,
  cancelling {bool} not null,
  holder text not null,
  started_at {time} not null,
  held_until {time} not null,
  finished_at {time}
){plain};
create index if not exists twinbase_operation_running on twinbase_operation (held_until) where state = 'running';
