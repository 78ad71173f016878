-- The types among these that are registered with another mapping; ?1 is a JSON object of their hashes.
-- Index: the primary key. Lock: none.
select mapping.aggregate_type
from json_each(?1) as known
join twinbase_mapping as mapping on mapping.aggregate_type = known.key
where mapping.hash <> known.value
order by mapping.aggregate_type
