-- Events in the hand of a worker that is careful because one has died: how many it had
-- in hand with this one, and how often a worker died with this one alone.
create table if not exists twinbase_started (
  "partition" integer not null,
  seq integer not null,
  worker text not null,
  in_hand integer not null,
  alone integer not null default 0,
  primary key ("partition", seq)
) without rowid;
