-- Index: none, it is a short table. Lock: none.
select scope, since, reason from twinbase_pause order by scope
