-- What every change of a collection's record raises. Index: none, it is a short table. Lock: none.
select coalesce(sum(revision), 0) from twinbase_collection
