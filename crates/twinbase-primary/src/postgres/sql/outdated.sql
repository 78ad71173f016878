-- Index: the primary key. Lock: none.
-- $1, $2: aggregate types and the hash of the mapping of each.
select m.aggregate_type
from unnest($1::text[], $2::int8[]) as k(t, h)
join twinbase_mapping as m on m.aggregate_type = k.t and m.hash <> k.h
order by 1
