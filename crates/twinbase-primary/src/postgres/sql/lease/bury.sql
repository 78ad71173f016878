-- Index: none, it is nearly always empty. Lock: the rows of the dead.
-- What dead workers have in hand becomes suspect. It is counted once, at the
-- first look after the death: later others finish some of it.
update twinbase_started as s
set worker = null, suspect = true, alone = s.alone + case when d.in_hand = 1 then 1 else 0 end
from (
  select worker, count(*) as in_hand from twinbase_started where worker is not null group by worker
) as d
where s.worker = d.worker
  and not exists (select 1 from twinbase_worker as w where w.id = d.worker and w.expires_at > clock_timestamp())
