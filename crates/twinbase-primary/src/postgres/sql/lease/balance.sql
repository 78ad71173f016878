-- Index: none, they are short tables. Lock: the leases that change hands.
-- $1: the worker. First what it has, then what nobody alive has, up to its share.
with alive as materialized (
  select w.id from twinbase_worker as w where w.expires_at > clock_timestamp() or w.id = $1::text
), free as materialized (
  select l."partition" as p, l.worker is not null and l.worker <> $1::text as orphaned,
         row_number() over (order by l.worker is not distinct from $1::text desc, l."partition") as place
  from twinbase_lease as l
  where l.worker is null or l.worker = $1::text or not exists (select 1 from alive as a where a.id = l.worker)
), wanted as materialized (
  select f.p, f.orphaned from free as f
  where f.place <= ceil(16.0 / (select count(*) from alive))
), changed as (
  update twinbase_lease as l
  set worker = case when exists (select 1 from wanted as w where w.p = l."partition") then $1::text end
  where (l.worker is not distinct from $1::text) <> exists (select 1 from wanted as w where w.p = l."partition")
  returning l."partition"
)
select (select count(*) from alive) as workers,
       coalesce(bool_or(w.orphaned), false)::int4 as inherited,
       coalesce(string_agg(w.p::text, ',' order by w.p), '') as held
from wanted as w
