-- What is paused: a collection, or everything, which is the empty text.
create table if not exists twinbase_pause (
  scope text primary key,
  since timestamptz(3) not null,
  reason text not null
);
