-- The rows of the aggregate `user`. Its document has every column but the password hash.
create table if not exists users (
    id            {text} not null,
    username      {text} not null,
    email         {text} not null,
    -- Null for who signs in elsewhere; never part of an event.
    password_hash text,
    total_points  integer not null default 0,
    show_profile  {bool} not null default {false},
    avatar        text,
    created_at    {time} not null default ({now}),
    updated_at    {time} not null default ({now}),
--[sqlite]
    check (show_profile in (0, 1)),
--[all]
    constraint users_pkey primary key (id)
){strict};
-- `Ada` and `ada` are one name. Names are ASCII, so `lower` is the same everywhere.
create unique index if not exists users_username_key on users (lower(username));
create unique index if not exists users_email_key on users (lower(email));
-- The leaderboard, when the primary answers it.
create index if not exists users_leaderboard_idx on users (total_points desc, id) where show_profile;
