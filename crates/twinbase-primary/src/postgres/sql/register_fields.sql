-- Index: the primary key. Lock: the new rows.
-- $1, $2: aggregate types and their fields.
insert into aggregate_field (aggregate_type, field)
select r.t, r.f from unnest($1::text[], $2::text[]) as r(t, f)
on conflict do nothing
