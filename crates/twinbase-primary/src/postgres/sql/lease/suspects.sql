-- Index: the primary key. Lock: none.
select "partition", seq, alone from twinbase_started where worker is null order by "partition", seq
