-- Index: "Outbox_deletions", the deletions of the last seven days, then the heads' primary key. Lock: none.
-- $1: before when; $2: at most so many.
-- Row-level TTL removes the events and says nothing of it, so deletions are met in the day before
-- theirs comes: those whose aggregate nothing has happened to since. They are met again until their heads are forgotten.
select 0::int8 as removed, v.aggregate_type, v.aggregate_id, v.version
from "Outbox" as o
join aggregate_version as v
  on v.aggregate_type = o.aggregate_type and v.aggregate_id = o.aggregate_id and v.version = o.version
where o.processed = true and o.event_type like '%.deleted'
  and o.event_type = o.aggregate_type || '.deleted'
  and coalesce(o.processed_at, o.created_at) < $1::timestamptz + interval '1 day'
limit $2::int8
