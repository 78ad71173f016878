-- Who operates the system. No aggregate and no column of users: it is in no event and no document,
-- and must be exact.
create table if not exists operators (
    user_id  text not null primary key references users (id) on delete cascade,
    added_at text not null
) strict;
