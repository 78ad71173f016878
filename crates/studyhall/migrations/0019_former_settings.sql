-- The settings that a user had before: zones and hours by which dates were given, and aims by which streaks were counted.
alter table users add column former_settings {json} not null default '{"days":[],"aims":[]}';
-- Documents of people who were there before get the column, as in 14.
insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload)
select 'studyhall-19-' || id, 'user.updated', 'user', id, '{}' from users;
