-- The rows of the aggregate `todo`. Its document has every column.
create table if not exists todos (
    id           text not null primary key,
    -- No cascade: it would delete todos without their events.
    user_id      text not null references users (id),
    title        text not null,
    description  text,
    completed    integer not null default 0 check (completed in (0, 1)),
    completed_at text,
    due_at       text,
    created_at   text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at   text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
-- Pages of a user's todos, newest first.
create index if not exists todos_user_id_created_at_idx on todos (user_id, created_at desc, id desc);
