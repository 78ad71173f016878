-- Events in nobody's hand: those of dead workers. Index: the primary key. Lock: the file's write
-- lock is held.
select "partition", seq, alone from twinbase_started where worker is null order by "partition", seq
