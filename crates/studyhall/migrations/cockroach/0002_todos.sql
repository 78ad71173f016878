-- The rows of the aggregate `todo`. Its document has every column.
create table if not exists todos (
    id           text not null,
    -- No cascade: it would delete todos without their events.
    user_id      text not null references users (id),
    title        text not null,
    description  text,
    completed    boolean not null default false,
    completed_at timestamptz(3),
    due_at       timestamptz(3),
    created_at   timestamptz(3) not null default now(),
    updated_at   timestamptz(3) not null default now(),
    constraint todos_pkey primary key (id)
);
-- Pages of a user's todos, newest first.
create index if not exists todos_user_id_created_at_idx on todos (user_id, created_at desc, id desc);
