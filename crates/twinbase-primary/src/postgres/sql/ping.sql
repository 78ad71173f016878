-- Index: none. Lock: none.
select 1
