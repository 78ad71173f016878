-- Pauses, unless it is paused. Index: the primary key. Lock: the file's write lock.
insert into twinbase_pause (scope, since, reason)
values (?1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?2)
on conflict (scope) do nothing
