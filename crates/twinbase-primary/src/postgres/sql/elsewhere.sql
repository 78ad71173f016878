-- Index: pg_class_relname_nsp_index. Lock: none.
-- A schema that has Twinbase's tables, when the search path finds none; no row when it finds them or nobody has any.
select n.nspname::text as found,
  coalesce((select string_agg('`' || s.name || '`', ', ') from unnest(current_schemas(false)) as s (name)), 'no schema') as searched
from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relname = 'twinbase_timeline' and c.relkind = 'r' and to_regclass('twinbase_timeline') is null
  and exists (select 1 from pg_catalog.pg_class as o where o.relnamespace = n.oid and o.relname = 'Outbox')
order by n.nspname limit 1
