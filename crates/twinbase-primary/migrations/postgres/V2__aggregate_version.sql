-- The heads. Room is left in each page so that an increment stays in it and
-- touches no index.
create table if not exists aggregate_version (
  aggregate_type text not null,
  aggregate_id text not null,
  version bigint not null,
  primary key (aggregate_type, aggregate_id)
) with (fillfactor = 80);
