-- The ledger of points: an entry for each that was given or taken back, with its cause. It is the truth; what `users`
-- has are sums of it. No aggregate: it is read by its owner alone, and must be exact.
create table if not exists point_entries (
    id      {text} not null,
    user_id {text} not null references users (id) on delete cascade,
    -- Which todo it was; null for points from before there was a ledger. No reference: the todo may go, the entry stays.
    todo_id {text},
    amount  integer not null,
    -- The Monday of the week that it counts for.
    week    {date} not null,
    at      {time} not null,
    constraint point_entries_pkey primary key (id)
){strict};
create index if not exists point_entries_user_id_at_idx on point_entries (user_id, at desc, id desc);
create index if not exists point_entries_todo_id_idx on point_entries (todo_id);
-- The newest week in which somebody had a point, and the points of it; they stay what they are when another begins.
alter table users add column week {date} not null default '1970-01-05';
alter table users add column week_points integer not null default 0;
-- When the points became what they are: of equals the first is first.
alter table users add column points_reached_at {time} not null default '1970-01-01T00:00:00Z';
alter table users add column week_reached_at {time} not null default '1970-01-01T00:00:00Z';
-- The boards, when the primary answers them.
drop index if exists users_leaderboard_idx;
create index users_leaderboard_idx on users (total_points desc, {ordered points_reached_at}, id) where show_profile;
create index users_week_idx on users (week, week_points desc, {ordered week_reached_at}, id) where show_profile;
-- What people had before.
insert into point_entries (id, user_id, todo_id, amount, week, at)
select id, id, null, total_points, '1970-01-05', created_at from users where total_points <> 0;
