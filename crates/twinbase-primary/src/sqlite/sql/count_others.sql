-- How many other workers are alive. Index: none, they are a handful. Lock: none.
select count(*) from twinbase_worker where id <> ?1 and expires_at > ?2
