-- Index: the primary key. Lock: the marks.
-- $1, $2: partition and seq of each event.
delete from twinbase_started as s
using unnest((select $1::int2[]), (select $2::int8[])) as u(p, s)
where s."partition" = u.p and s.seq = u.s
