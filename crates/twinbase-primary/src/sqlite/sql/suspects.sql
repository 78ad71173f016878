-- Events that were in hand when their worker died, and that are not done: what is done can kill
-- nobody any more. A death with nothing else in hand that has not been counted yet is counted here.
-- Index: the primary keys; the table of marks is read whole, it is a batch or two. Lock: none.
select started."partition", started.seq, started.alone + (
    1 = (select count(*) from twinbase_started as other where other.worker = started.worker)
  )
from twinbase_started as started
where (
    started.worker is null
    or started.worker in (select value from json_each(?1))
    or not exists (
      select 1 from twinbase_worker as worker
      where worker.id = started.worker
        and worker.expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    )
  )
  and exists (
    select 1 from "Outbox" as event where event.seq = started.seq and event.processed = false
  )
order by started."partition", started.seq
