-- Every event that waits, by what the numbers of its type are made of. In the order of seq, so
-- that each page of the table is read once, which a walk by partitions would do 16 times.
-- Index: all of "Outbox_pending", then the table itself by seq. Lock: none.
select aggregate_type, retry_count, created_at
from "Outbox"
where seq in (
  select seq from "Outbox" indexed by "Outbox_pending"
  where processed = false and retry_count <= 5
)
order by seq
