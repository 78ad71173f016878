-- Index: "Outbox_charged", its first entry. Lock: none.
-- Nearly always there is none, and nothing has to be healed. In the order of the
-- index, so that the planner does not look for one in the table.
select (
  select true from "Outbox" where processed = false and retry_count > 0
  order by aggregate_type, aggregate_id limit 1
) is not null as found
