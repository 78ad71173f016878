-- Index: the primary key. Lock: the worker's row.
-- $1 to $7: what the worker tells of itself; $8: milliseconds for which it counts as alive.
insert into twinbase_worker
  (id, machine, process, state, applied, superseded, charged, started_at, seen_at, expires_at)
select $1::text, $2::text, $3::int8, $4::text, $5::int8, $6::int8, $7::int8,
       t.now, t.now, t.now + $8::int8 * interval '1 millisecond'
from (select clock_timestamp() as now) as t
on conflict (id) do update set
  machine = excluded.machine, process = excluded.process, state = excluded.state,
  applied = excluded.applied, superseded = excluded.superseded, charged = excluded.charged,
  seen_at = excluded.seen_at, expires_at = excluded.expires_at
