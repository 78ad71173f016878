-- Who is signed in. No aggregate: it is read for every request and must be exact.
create table if not exists auth_sessions (
    -- SHA-256 of the token, in hexadecimal: what is stored cannot be sent.
    token_hash text not null,
    user_id    {text} not null references users (id) on delete cascade,
    expires_at {time} not null,
    created_at {time} not null default ({now}),
    constraint auth_sessions_pkey primary key (token_hash)
){strict};
-- For the cascade.
create index if not exists auth_sessions_user_id_idx on auth_sessions (user_id);
-- The sweep of sessions that have ended.
create index if not exists auth_sessions_expires_at_idx on auth_sessions (expires_at);
