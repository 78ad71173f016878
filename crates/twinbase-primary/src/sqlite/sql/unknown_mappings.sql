-- The types that are registered with another mapping than the caller's, or that it does not know;
-- ?1 as in `outdated`. Index: the primary key, all of it: it is a short table. Lock: none.
select aggregate_type
from twinbase_mapping as mapping
where not exists (
  select 1 from json_each(?1) as known
  where known.key = mapping.aggregate_type and known.value = mapping.hash
)
