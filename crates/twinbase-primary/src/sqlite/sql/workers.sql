-- Workers that are alive, and those that died within the last hour. The dead hold nothing.
-- Index: none, they are a handful, and there are 16 leases. Lock: none.
with seen as (
  select *, expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now') as alive
  from twinbase_worker
  where expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour')
)
select id, machine, process, state, applied, superseded, charged, started_at, seen_at, alive,
  alive * (select count(*) from twinbase_lease as lease where lease.worker = seen.id)
from seen
order by id
