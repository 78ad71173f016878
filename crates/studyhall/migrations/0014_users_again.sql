-- Documents of people who were there before get the columns that came since: an event for each, as any program would write it.
-- Its payload says nothing, so the document is made of the row.
insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload)
select 'studyhall-14-' || id, 'user.updated', 'user', id, '{}' from users;
