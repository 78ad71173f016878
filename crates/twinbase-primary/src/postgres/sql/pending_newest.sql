-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- Parameters as in `pending`; $9: bytes of payloads after which to end.
-- Payloads of the newest event of each aggregate alone: for a backlog of which most is superseded. The
-- two sorts cost as much as the read itself, so `pending` is for all others.
with other as materialized (
  select $6::text[] || coalesce(array_agg(m.aggregate_type), '{}') as types
  from twinbase_mapping as m
  where not exists (
    select 1 from unnest($7::text[], $8::int8[]) as k(t, h) where k.t = m.aggregate_type and k.h = m.hash
  )
)
select s."partition", s.seq, s.event_type, s.aggregate_type, s.aggregate_id, s.version, s.mapping,
       s.retry_count::int8 as retry_count, s.created_at, s.traceparent,
       case when s.age = 1 then s.payload::text end as payload, s.place,
       s.bytes >= $9::int8 as is_last
from (
  select r.*, sum(r.size) over (order by r.n, r.seq) as bytes
  from (
    select p.*, case when p.age = 1 then pg_column_size(p.payload) else 0 end as size
    from (
      select e.*, row_number() over (
        partition by e.aggregate_type collate "C", e.aggregate_id collate "C" order by e.version desc, e.seq desc
      ) as age
      from (
        select c.n, o.*
        from other
        cross join unnest($1::int2[], $2::int8[]) with ordinality as c(p, after, n)
        cross join lateral (
          select o."partition", o.seq, o.event_type, o.aggregate_type, o.aggregate_id, o.version, o.mapping,
                 o.retry_count, o.created_at, o.traceparent, o.payload, o.ctid as place
          from "Outbox" as o
          where o.processed = false and o.retry_count <= 5
            and o."partition" = c.p and o.seq > c.after
            and (o.next_attempt_at is null or o.next_attempt_at <= $3::timestamptz)
            and case when o.aggregate_type = any(other.types) then false else true end
          order by o.seq
          limit (select $4::int8)
        ) as o
        limit (select $5::int8)
      ) as e
    ) as p
  ) as r
) as s
where s.bytes - s.size < $9::int8
order by s.n, s.seq
