-- Who operates the system. No aggregate and no column of users: it is in no event and no document,
-- and must be exact.
create table if not exists operators (
    user_id  {text} not null references users (id) on delete cascade,
    added_at {time} not null,
    constraint operators_pkey primary key (user_id)
){strict};
