-- The rows of the aggregate `todo`. Its document has every column.
create table if not exists todos (
    id           {text} not null,
    -- No cascade: it would delete todos without their events.
    user_id      {text} not null references users (id),
    title        text not null,
    description  text,
    completed    {bool} not null default {false},
    completed_at {time},
    due_at       {time},
    created_at   {time} not null default ({now}),
    updated_at   {time} not null default ({now}),
--[sqlite]
    check (completed in (0, 1)),
--[all]
    constraint todos_pkey primary key (id)
){strict};
-- Pages of a user's todos, newest first.
create index if not exists todos_user_id_created_at_idx on todos (user_id, created_at desc, id desc);
