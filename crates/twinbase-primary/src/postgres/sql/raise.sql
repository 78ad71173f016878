--[postgres]
-- Index: the primary key. Lock: the row, and all heads against changes, for a moment.
-- Raises the floor above the time of now, where no other program has done it for this database. One of which it was never said which it
-- is was not there before, unless $3.
select twinbase_raise_floor((extract(epoch from clock_timestamp()) * 1000000)::int8, $1, $2)
from twinbase_timeline where database is distinct from $1 and (database is not null or $3)
--[cockroach]
-- Index: the primary key. Lock: the row.
update twinbase_timeline
set floor = greatest(floor, (extract(epoch from clock_timestamp()) * 1000000)::int8), database = $1,
  raised_at = clock_timestamp(), cause = $2
where database is distinct from $1 and (database is not null or $3)
returning floor
