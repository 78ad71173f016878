-- SQLite has no functions in SQL: the trigger of V7 does it all.
select 1;
