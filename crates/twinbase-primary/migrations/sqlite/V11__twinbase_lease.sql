-- Which worker has which partition. A lease that names a worker which is not alive
-- was not given back.
create table if not exists twinbase_lease (
  "partition" integer primary key,
  worker text
);
insert into twinbase_lease ("partition")
with recursive partitions (number) as (
  values (0) union all select number + 1 from partitions where number < 15
)
select number from partitions where true
on conflict do nothing;
