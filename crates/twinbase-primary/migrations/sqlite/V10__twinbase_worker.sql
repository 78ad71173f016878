-- The workers, as each tells of itself when it renews its leases. It is alive until
-- expires_at, and what it holds is held until then. Times are this database's own, so the
-- clocks of workers need not agree.
create table if not exists twinbase_worker (
  id text not null primary key,
  machine text not null,
  process integer not null,
  state text not null,
  applied integer not null,
  superseded integer not null,
  charged integer not null,
  started_at text not null,
  seen_at text not null,
  expires_at text not null
) without rowid;
