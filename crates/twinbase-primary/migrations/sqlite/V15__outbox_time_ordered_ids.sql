-- The ids of V1 are ordered by time already.
select 1;
