-- Index: none, it is nearly always empty. Lock: the worker's marks.
-- $1: a worker that leaves in order.
update twinbase_started set worker = null where worker = $1::text
