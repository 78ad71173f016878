-- The heads. Without a rowid, so that an increment touches one tree.
create table if not exists aggregate_version (
  aggregate_type text not null,
  aggregate_id text not null,
  version integer not null,
  primary key (aggregate_type, aggregate_id)
) without rowid;
