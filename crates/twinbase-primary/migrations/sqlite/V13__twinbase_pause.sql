-- What is paused: a collection, or everything, which is the empty text.
create table if not exists twinbase_pause (
  scope text not null primary key,
  since text not null,
  reason text not null
) without rowid;
