-- The fields that a type's events may have. Index: the primary key. Lock: the file's write lock.
insert into aggregate_field (aggregate_type, field)
select ?1, value from json_each(?2)
where true
on conflict do nothing
