-- Who has what. Index: the primary key, all 16. Lock: the file's write lock is held.
select "partition", worker from twinbase_lease order by "partition"
