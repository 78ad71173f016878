-- Ends a pause. Index: the primary key. Lock: the file's write lock.
delete from twinbase_pause where scope = ?1
