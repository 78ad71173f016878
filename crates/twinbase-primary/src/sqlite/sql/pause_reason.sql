-- The new reason of a pause. Index: the primary key. Lock: the file's write lock.
update twinbase_pause set reason = ?2 where scope = ?1
