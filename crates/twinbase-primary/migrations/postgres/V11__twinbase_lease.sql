-- Which worker has which partition. A lease that names a worker which is not alive
-- was not given back.
create table if not exists twinbase_lease (
  "partition" smallint primary key,
  worker text
);
insert into twinbase_lease ("partition")
select n::int2 from generate_series(0, 15) as s(n)
on conflict do nothing;
