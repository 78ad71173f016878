-- Index: the primary key. Lock: the rows that are new or change.
-- $1, $2: aggregate types and the hash of the mapping of each.
insert into twinbase_mapping (aggregate_type, hash)
select r.t, r.h from unnest($1::text[], $2::int8[]) as r(t, h) order by r.t
on conflict (aggregate_type) do update set hash = excluded.hash
where twinbase_mapping.hash <> excluded.hash
