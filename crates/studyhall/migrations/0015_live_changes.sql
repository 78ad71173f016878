-- When something last changed for a user that no event tells, or that an event of a deletion no longer says whose it was.
-- Open pages, of any process, look here for what to read again.
create table if not exists live_changes (
    user_id    {text} not null references users (id) on delete cascade,
    topic      text not null,
    changed_at {time} not null,
    constraint live_changes_pkey primary key (user_id, topic)
){strict};
-- What changed lately.
create index if not exists live_changes_changed_at_idx on live_changes (changed_at);
