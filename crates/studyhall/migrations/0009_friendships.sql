-- The rows of the aggregate `friendship`: one for two people, whoever asked first, and none when there is
-- nothing to say about them. Its document has every column.
create table if not exists friendships (
    id              {text} not null,
    -- No cascade: it would delete friendships without their events.
    low_id          {text} not null,
    high_id         {text} not null,
    state           text not null,
    asker_id        {text},
    blocked_by_low  {bool} not null default {false},
    blocked_by_high {bool} not null default {false},
    created_at      {time} not null default ({now}),
    updated_at      {time} not null default ({now}),
--[sqlite]
    constraint friendships_flags_check check (blocked_by_low in (0, 1) and blocked_by_high in (0, 1)),
--[all]
    constraint friendships_low_id_fkey foreign key (low_id) references users (id),
    constraint friendships_high_id_fkey foreign key (high_id) references users (id),
    constraint friendships_order_check check (low_id < high_id),
    constraint friendships_state_check check (state in ('pending', 'accepted', 'none')),
    constraint friendships_pair_key unique (low_id, high_id),
    constraint friendships_pkey primary key (id)
){strict};
create index if not exists friendships_high_id_idx on friendships (high_id);
-- What two people have with each other. No aggregate: its row is the lock for all that is done between them, and
-- counts their messages.
create table if not exists threads (
    id        {text} not null,
    low_id    {text} not null,
    high_id   {text} not null,
    -- Of the last message, deleted or not: no position is given twice.
    position  integer not null default 0,
    latest_at {time},
    constraint threads_low_id_fkey foreign key (low_id) references users (id) on delete cascade,
    constraint threads_high_id_fkey foreign key (high_id) references users (id) on delete cascade,
    constraint threads_pkey primary key (id)
){strict};
create index if not exists threads_low_id_idx on threads (low_id);
create index if not exists threads_high_id_idx on threads (high_id);
-- Requests as their sender sees them: the names as they were typed, whether anybody has them or not.
create table if not exists sent_requests (
    user_id  {text} not null,
    folded   {text} not null,
    username text not null,
    -- Who had the name; never shown to the sender.
    other_id {text},
    sent_at  {time} not null,
    constraint sent_requests_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint sent_requests_other_id_fkey foreign key (other_id) references users (id) on delete cascade,
    constraint sent_requests_pkey primary key (user_id, folded)
){strict};
create index if not exists sent_requests_other_id_idx on sent_requests (other_id);
-- Whom a user does not want to see on boards. One-sided, and no business of the other.
create table if not exists hidden_people (
    user_id   {text} not null,
    hidden_id {text} not null,
    hidden_at {time} not null,
    constraint hidden_people_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint hidden_people_hidden_id_fkey foreign key (hidden_id) references users (id) on delete cascade,
    constraint hidden_people_pkey primary key (user_id, hidden_id)
){strict};
create index if not exists hidden_people_hidden_id_idx on hidden_people (hidden_id);
