-- Index: none. Lock: none.
-- Which database this is: the cluster, its timeline (a promoted standby has another one), the database, and a table (a
-- database that was filled from a dump has other numbers). What this user may not read is left out.
select concat_ws('/',
  case when has_function_privilege('pg_catalog.pg_control_system()', 'execute')
    then (select c.system_identifier::text from pg_control_system() as c) end,
  case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
  (select d.oid::text from pg_database as d where d.datname = current_database()),
  to_regclass('aggregate_version')::oid::text
) as identity
