-- The events of one aggregate that are done, the newest version first: what was done to one document is shown in milliseconds
-- whatever the history. What is not done is found by the indexes of what waits and of what has failed, so an event enters this
-- one when it is marked.
create index if not exists "Outbox_history" on "Outbox" (aggregate_id, version)
  where processed = true;
