-- What a worker tells of itself. Index: the primary key. Lock: the file's write lock.
insert into twinbase_worker
  (id, machine, process, state, applied, superseded, charged, started_at, seen_at, expires_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)
on conflict (id) do update set
  machine = excluded.machine, process = excluded.process, state = excluded.state,
  applied = excluded.applied, superseded = excluded.superseded, charged = excluded.charged,
  seen_at = excluded.seen_at, expires_at = excluded.expires_at
