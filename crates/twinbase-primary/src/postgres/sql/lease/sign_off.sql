-- Index: the primary key. Lock: the worker's row.
-- $1: the worker.
delete from twinbase_worker where id = $1::text
