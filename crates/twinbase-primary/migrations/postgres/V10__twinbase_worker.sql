-- The workers, as each tells of itself when it renews its leases. It is alive until
-- expires_at, and what it holds is held until then.
create table if not exists twinbase_worker (
  id text primary key,
  machine text not null,
  process bigint not null,
  state text not null,
  applied bigint not null,
  superseded bigint not null,
  charged bigint not null,
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
