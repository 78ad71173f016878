-- The fields that a type no longer has. Index: the primary key. Lock: the file's write lock.
delete from aggregate_field
where aggregate_type = ?1 and field not in (select value from json_each(?2))
