-- The user's day on which a todo was done and a point was given. What is older has none: which day it was then, nobody knows.
alter table todos add column local_date {date};
alter table point_entries add column local_date {date};
-- Documents of todos that were there before get the column.
insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload)
select 'studyhall-17-' || id, 'todo.updated', 'todo', id, '{}' from todos;
