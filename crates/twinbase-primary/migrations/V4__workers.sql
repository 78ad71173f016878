-- The workers, as each reports itself when it renews its leases. It is alive until expires_at, and
-- what it holds is held until then. Times are the database's own, so the clocks of workers need
-- not agree.
create table if not exists twinbase_worker (
  id text not null primary key,
  machine text not null,
  process int8 not null,
  state text not null,
  applied int8 not null,
  superseded int8 not null,
  charged int8 not null,
  failing text not null,
  started_at {time} not null,
  seen_at {time} not null,
  expires_at {time} not null
){plain};
-- Which worker has which partition. A lease that names a worker which is not alive was not given back.
create table if not exists twinbase_lease (
  "partition" int2 not null primary key,
  worker text
);
insert into twinbase_lease ("partition")
values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15)
on conflict do nothing;
-- What is paused: a collection, or everything, which is the empty text.
create table if not exists twinbase_pause (
  scope text not null primary key,
  since {time} not null,
  reason text not null
){plain};
