-- Whose a name is, by hashes of what no two names may have in common. No aggregate: it must be exact, and concerns nobody else.
-- The program fills it for people who were there before: no database knows which letters look alike.
create table if not exists name_keys (
    key     text not null,
    -- Null when its owner has left: then nobody has the name until it is free.
    user_id {text},
    free_at {time},
    -- When what its owner left was taken out of the databases' files.
    erased_at {time},
    constraint name_keys_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint name_keys_pkey primary key (key)
){strict};
create index if not exists name_keys_user_id_idx on name_keys (user_id);
-- The sweep of names that are free.
create index if not exists name_keys_free_at_idx on name_keys (free_at) where free_at is not null;
