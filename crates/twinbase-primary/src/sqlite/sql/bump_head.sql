-- One version more for an aggregate. Index: the primary key of aggregate_version.
-- Lock: the file's write lock, held by the transaction around it.
insert into aggregate_version (aggregate_type, aggregate_id, version)
values (?1, ?2, 1)
on conflict (aggregate_type, aggregate_id) do update set version = version + 1
returning version
