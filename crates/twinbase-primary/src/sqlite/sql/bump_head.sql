-- One version more for an aggregate, above the floor. Index: the primary keys of aggregate_version and twinbase_timeline.
-- Lock: the file's write lock, held by the transaction around it.
insert into aggregate_version (aggregate_type, aggregate_id, version)
values (?1, ?2, (select floor from twinbase_timeline where id = 1) + 1)
on conflict (aggregate_type, aggregate_id) do update set version = max(version + 1, excluded.version)
returning version
