-- Events in the hand of a worker that is careful because one has died. The worker is null
-- when it died with the event in hand, and stays a suspect in whose hand it ever is;
-- alone counts how often one died with nothing else.
create table if not exists twinbase_started (
  "partition" int2 not null,
  seq int8 not null,
  worker text,
  suspect boolean not null default false,
  alone int4 not null default 0,
  primary key ("partition", seq)
);
