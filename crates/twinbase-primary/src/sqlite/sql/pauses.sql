-- What is paused. Index: the primary key, all of it. Lock: none.
select scope, since, reason from twinbase_pause order by scope
