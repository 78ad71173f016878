-- What a worker has in hand when it leaves did not kill it. Index: none, it is a batch.
-- Lock: the file's write lock.
delete from twinbase_started where worker = ?1 and suspect = false
