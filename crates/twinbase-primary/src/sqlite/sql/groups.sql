-- Failed and retrying events by their cause, the largest group first, with the newest of each
-- as the sample. It sorts the groups, which are few, not their events.
-- Index: all of "Outbox_charged", then the table itself by seq. Lock: none.
with groups as (
  select ifnull(error_key, '') as error_key, sum(retry_count > 5) as failed,
    sum(retry_count <= 5) as retrying, min(created_at) as oldest,
    max(failed_at) as last_failed_at, max(seq) as sample
  from "Outbox" indexed by "Outbox_charged"
  where processed = false and retry_count > 0
    and (retry_count > 5 or next_attempt_at is not null)
  group by ifnull(error_key, '')
)
select groups.error_key, failed, retrying, oldest, last_failed_at,
  ifnull(event.last_error, '') as sample_error, event.id as sample_id
from groups join "Outbox" as event on event.seq = groups.sample
order by failed + retrying desc, groups.error_key
limit ?1
