-- Index: none, it is nearly always empty. Lock: the worker's marks.
-- $1: a worker that leaves in order. What killed another before stays suspect.
delete from twinbase_started where worker = $1::text and not suspect
