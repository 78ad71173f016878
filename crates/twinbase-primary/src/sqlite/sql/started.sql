-- A worker takes an event in hand. Index: the primary key. Lock: the file's write lock.
insert into twinbase_started ("partition", seq, worker)
values (?1, ?2, ?3)
on conflict ("partition", seq) do update set worker = excluded.worker
