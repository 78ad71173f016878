-- Index: none, they are short tables. Lock: none.
select w.id, w.machine, w.process, w.state, w.applied, w.superseded, w.charged, w.started_at, w.seen_at,
       w.expires_at > t.now as alive,
       case when w.expires_at > t.now
         then (select count(*) from twinbase_lease as l where l.worker = w.id) else 0 end as partitions
from twinbase_worker as w
cross join (select clock_timestamp() as now) as t
where w.expires_at > t.now - interval '1 hour'
order by w.started_at, w.id
