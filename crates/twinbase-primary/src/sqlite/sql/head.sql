-- The version of an aggregate. Index: the primary key of aggregate_version. Lock: none.
select version from aggregate_version where aggregate_type = ?1 and aggregate_id = ?2
