-- Who is alive, this worker among them, the oldest first. Index: none, they are a handful. Lock: the
-- file's write lock is held.
select id from twinbase_worker where id = ?1 or expires_at > ?2 order by started_at, id
