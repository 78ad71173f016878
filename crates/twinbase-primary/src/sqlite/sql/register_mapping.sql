-- The current mapping of a type. Index: the primary key. Lock: the file's write lock.
insert into twinbase_mapping (aggregate_type, hash)
values (?1, ?2)
on conflict (aggregate_type) do update set hash = excluded.hash
