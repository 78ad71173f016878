-- The heads.
create table if not exists aggregate_version (
  aggregate_type text not null,
  aggregate_id text not null,
  version int8 not null,
  primary key (aggregate_type, aggregate_id)
);
