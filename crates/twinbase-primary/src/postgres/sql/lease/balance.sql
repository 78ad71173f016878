-- Index: none, they are short tables. Lock: the leases that change hands.
-- $1: the worker. It keeps what it has (class 0), and takes up to its share what nobody alive has
-- (1) and what others have beyond their share (2), the highest partitions first.
with alive as materialized (
  select w.id, floor(16.0 / w.n) + case when w.place <= 16 % w.n then 1 else 0 end as share
  from (
    select id, count(*) over () as n, row_number() over (order by started_at, id) as place
    from twinbase_worker
    where expires_at > clock_timestamp() or id = $1::text
  ) as w
), seen as materialized (
  select l."partition" as p, l.worker is not null and a.id is null as orphaned,
         case when l.worker = $1::text then 0
              when a.id is null then 1
              when row_number() over (partition by l.worker order by l."partition") > a.share then 2 end as class
  from twinbase_lease as l
  left join alive as a on a.id = l.worker
), placed as materialized (
  select s.p, s.orphaned, s.class, row_number() over (order by s.class, s.p desc) as place
  from seen as s
  where s.class is not null
), held as materialized (
  select p.p, p.orphaned, p.class
  from placed as p
  where p.class = 0 or p.place <= (select a.share from alive as a where a.id = $1::text)
), taken as (
  update twinbase_lease as l
  set worker = $1::text
  from held as h
  where h.p = l."partition" and h.class > 0
  returning l."partition"
)
select (select count(*) from alive) as workers,
       coalesce(bool_or(h.orphaned), false)::int4 as inherited,
       coalesce(string_agg(h.p::text, ',' order by h.p), '') as held
from held as h
