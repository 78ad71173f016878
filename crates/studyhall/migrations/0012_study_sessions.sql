-- The rows of the aggregate `session`. Its document has every column.
create table if not exists study_sessions (
    id              {text} not null,
    -- No cascade: it would delete sessions without their events.
    user_id         {text} not null references users (id),
    subject         text not null,
    started_at      {time} not null,
    ended_at        {time} not null,
    minutes         integer not null,
    counted_minutes integer not null default 0,
    timed           {bool} not null default {false},
    local_date      {date} not null,
    created_at      {time} not null default ({now}),
--[sqlite]
    check (timed in (0, 1)),
--[all]
    constraint study_sessions_pkey primary key (id)
){strict};
-- Pages of a user's sessions, newest first, and those at a given time.
--[sqlite]
create index if not exists study_sessions_user_id_started_at_idx
    on study_sessions (user_id, {ordered started_at} desc, id desc);
--[postgres cockroach]
create index if not exists study_sessions_user_id_started_at_idx on study_sessions (user_id, started_at desc, id desc);
--[all]
-- A user's days.
create index if not exists study_sessions_user_id_local_date_idx on study_sessions (user_id, local_date);
-- Sessions that run. No aggregate: there is nothing to analyse before they end, and which one runs must be exact.
create table if not exists timers (
    user_id      {text} not null references users (id) on delete cascade,
    subject      text not null,
    goal_minutes integer,
    started_at   {time} not null,
    local_date   {date} not null,
    constraint timers_pkey primary key (user_id)
){strict};
