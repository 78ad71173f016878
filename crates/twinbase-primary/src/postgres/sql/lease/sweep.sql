-- Index: "Outbox_pending", one descent for each suspect. Lock: the marks that go.
-- An event that is done or has failed for good can kill nobody any more.
delete from twinbase_started as s
where s.worker is null and not exists (
  select 1 from "Outbox" as o
  where o.processed = false and o.retry_count <= 5 and o."partition" = s."partition" and o.seq = s.seq
)
