-- The workers, as each tells of itself when it renews its leases. It is alive until
-- expires_at, and what it holds is held until then.
create table if not exists twinbase_worker (
  id text primary key,
  machine text not null,
  process int8 not null,
  state text not null,
  applied int8 not null,
  superseded int8 not null,
  charged int8 not null,
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
