-- Which database this is: the cluster, and the number of a table, which a restored table has anew.
-- Index: none. Lock: none.
select crdb_internal.cluster_id()::text || '/' || 'aggregate_version'::regclass::oid::text as identity
