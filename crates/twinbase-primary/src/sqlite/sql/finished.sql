-- An event did not kill its worker. Index: the primary key. Lock: the file's write lock.
delete from twinbase_started where "partition" = ?1 and seq = ?2
