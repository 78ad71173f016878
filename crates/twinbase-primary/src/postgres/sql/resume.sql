-- Index: the primary key. Lock: the row.
-- $1: what.
delete from twinbase_pause where scope = $1::text
