-- Index: the primary key. Lock: the row.
-- $1: what; $2: why.
update twinbase_pause set reason = $2::text where scope = $1::text
