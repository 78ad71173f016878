-- The rows of the aggregate `message`. Its document has every column.
create table if not exists messages (
    id           {text} not null,
    thread_id    {text} not null,
    -- No cascade: it would delete messages without their events.
    sender_id    {text} not null,
    recipient_id {text} not null,
    text         text not null,
    position     integer not null,
    created_at   {time} not null default ({now}),
    constraint messages_thread_id_fkey foreign key (thread_id) references threads (id),
    constraint messages_sender_id_fkey foreign key (sender_id) references users (id),
    constraint messages_recipient_id_fkey foreign key (recipient_id) references users (id),
    -- History, both ways.
    constraint messages_position_key unique (thread_id, position),
    constraint messages_pkey primary key (id)
){strict};
-- What a user has not read.
create index if not exists messages_recipient_id_idx on messages (recipient_id, thread_id, position);
create index if not exists messages_sender_id_idx on messages (sender_id);
-- Up to which message a user has read a thread. No aggregate: it changes with every look, and concerns nobody else.
create table if not exists thread_reads (
    user_id   {text} not null,
    thread_id {text} not null,
    position  integer not null,
    constraint thread_reads_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint thread_reads_thread_id_fkey foreign key (thread_id) references threads (id) on delete cascade,
    constraint thread_reads_pkey primary key (user_id, thread_id)
){strict};
create index if not exists thread_reads_thread_id_idx on thread_reads (thread_id);
