-- Index: the primary key. Lock: the marks.
-- $1: the worker; $2, $3: partition and seq of each event.
insert into twinbase_started ("partition", seq, worker)
select distinct u.p, u.s, $1::text
from unnest($2::int2[], $3::int8[]) as u(p, s)
order by u.p, u.s
on conflict ("partition", seq) do update set worker = excluded.worker
