-- Which fields of an aggregate may be in the payload of an event. An aggregate
-- type without any is not restricted.
create table if not exists aggregate_field (
  aggregate_type text not null,
  field text not null,
  primary key (aggregate_type, field)
) without rowid;
