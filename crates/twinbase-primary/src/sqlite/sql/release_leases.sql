-- Gives a worker's leases back. Index: none, there are 16. Lock: the file's write lock.
update twinbase_lease set worker = null where worker = ?1
