-- The registered mappings. Index: none, it is a short table. Lock: none.
select aggregate_type, hash from twinbase_mapping
