-- A row exists when its request has been answered: it commits with what the request wrote.
create table if not exists idempotency_keys (
    scope       text not null,
    request_key text not null,
    fingerprint text not null,
    status      integer not null,
    etag        text,
    location    text,
    sync_token  text,
    body        text not null,
    created_at  {time} not null,
    constraint idempotency_keys_pkey primary key (scope, request_key)
){strict};
-- The sweep of expired keys.
create index if not exists idempotency_keys_created_at_idx on idempotency_keys (created_at);
