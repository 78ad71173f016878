-- Who has what, and whether it still lives. Index: the primary key, all 16, and that of each
-- worker. Lock: the file's write lock is held.
select "partition", worker,
  exists (select 1 from twinbase_worker where id = twinbase_lease.worker and expires_at > ?1)
from twinbase_lease
order by "partition"
