-- Takes one lease. Index: the primary key. Lock: the file's write lock.
update twinbase_lease set worker = ?2 where "partition" = ?1
