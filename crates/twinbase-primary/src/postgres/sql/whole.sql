-- Index: none, as it is one row. Lock: none.
-- Whether Twinbase's tables have their rows: those of a dump that is put back come one after the other.
select 1 as row from twinbase_timeline
