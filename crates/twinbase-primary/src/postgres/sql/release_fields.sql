-- Index: the primary key. Lock: the rows that go.
-- $1, $2: aggregate types and their fields; of these types no others remain.
delete from aggregate_field as k
where k.aggregate_type = any($1::text[])
  and not exists (
    select 1 from unnest($1::text[], $2::text[]) as r(t, f)
    where r.t = k.aggregate_type and r.f = k.field
  )
