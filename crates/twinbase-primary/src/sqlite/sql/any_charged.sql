-- Whether any event waits that has failed before: mostly none, and then nothing can be healed.
-- Index: the first entry of "Outbox_charged". Lock: none.
select exists (
  select 1 from "Outbox" indexed by "Outbox_charged" where processed = false and retry_count > 0
)
