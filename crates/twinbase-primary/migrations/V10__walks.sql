-- How far the comparison of each collection with its rows has come, so that it goes on after a restart, and what the last one that came to
-- its end has shown. place and report are the engine's own texts; they name ids and fields, and no values.
create table if not exists twinbase_walk (
  collection text not null primary key,
  walker text not null,
  began_at {time} not null,
  saved_at {time} not null,
  floor int8 not null,
  place text,
  report text not null,
  mended int8 not null,
  verified_through {time},
  wrong int8 not null
){plain};
