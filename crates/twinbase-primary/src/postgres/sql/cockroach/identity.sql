-- Index: none. Lock: none.
-- Which database this is: the number of a table, which a restored table has anew.
select to_regclass('aggregate_version')::oid::text as identity
