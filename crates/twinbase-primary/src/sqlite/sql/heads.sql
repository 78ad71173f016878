-- The heads of a type from an id on, in the order of ids. Index: a range of the primary key of aggregate_version, which the reader
-- ends. Lock: none.
select aggregate_id, version from aggregate_version
where aggregate_type = ?1 and aggregate_id >= ?2
order by aggregate_id
