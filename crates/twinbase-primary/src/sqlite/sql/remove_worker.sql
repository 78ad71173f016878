-- Takes a worker off the list. Index: the primary key. Lock: the file's write lock.
delete from twinbase_worker where id = ?1
