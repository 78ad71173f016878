-- But what another died with stays suspect, in nobody's hand. Index: none, it is a batch.
-- Lock: the file's write lock.
update twinbase_started set worker = null where worker = ?1
