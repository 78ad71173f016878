-- Index: none, it is a short table. Lock: the worker's leases.
-- $1: the worker.
update twinbase_lease set worker = null where worker = $1::text
