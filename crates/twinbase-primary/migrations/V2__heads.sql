-- The heads: the current version of each aggregate. On PostgreSQL room is left in each page so that an
-- increment stays in it and touches no index; on SQLite without a rowid, so that it touches one tree.
create table if not exists aggregate_version (
  aggregate_type text not null,
  aggregate_id text not null,
  version int8 not null,
  primary key (aggregate_type, aggregate_id)
){heads};
-- Which fields of an aggregate may be in the payload of an event. A type without any is not restricted.
create table if not exists aggregate_field (
  aggregate_type text not null,
  field text not null,
  primary key (aggregate_type, field)
){plain};
-- The current mapping of each aggregate: that of the program that registered last.
create table if not exists twinbase_mapping (
  aggregate_type text not null primary key,
  hash int8 not null
){plain};
