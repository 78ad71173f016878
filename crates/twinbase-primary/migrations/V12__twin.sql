-- The number of this primary. Its heartbeat carries it into the replica, so that a replica of another primary is recognized.
alter table twinbase_heartbeat add column if not exists twin text;
update twinbase_heartbeat set twin = {random} where twin is null;
