-- Minutes that count, summed as points are: all, and those of the newest week that anything counts for.
alter table users add column total_minutes integer not null default 0;
alter table users add column week_minutes integer not null default 0;
-- What people have studied before; a session counts for the week in which it began, by its Monday in UTC.
update users set total_minutes = coalesce((select sum(counted_minutes) from study_sessions where user_id = users.id), 0);
--[postgres cockroach]
update users set week = newest.week, week_points = 0
from (select user_id, cast(max(date_trunc('week', started_at at time zone 'UTC')) as date) as week
      from study_sessions where counted_minutes > 0 group by user_id) newest
where newest.user_id = users.id and newest.week > users.week;
update users set week_minutes = coalesce((select sum(counted_minutes) from study_sessions
    where user_id = users.id and cast(date_trunc('week', started_at at time zone 'UTC') as date) = users.week), 0);
--[sqlite]
update users set week = newest.week, week_points = 0
from (select user_id, max(date(started_at, '-6 days', 'weekday 1')) as week
      from study_sessions where counted_minutes > 0 group by user_id) newest
where newest.user_id = users.id and newest.week > users.week;
update users set week_minutes = coalesce((select sum(counted_minutes) from study_sessions
    where user_id = users.id and date(started_at, '-6 days', 'weekday 1') = users.week), 0);
--[all]
-- Documents of people who were there before get the columns that came since, as in 14.
insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload)
select 'studyhall-16-' || id, 'user.updated', 'user', id, '{}' from users;
