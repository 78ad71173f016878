-- Index: none. Lock: none.
-- 150013 is 15.13.
select current_setting('server_version_num')::int4
