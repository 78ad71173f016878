-- The schema of each aggregate as the application that registered last has it, in JSON: programs that are not the application
-- verify, repair and explain by it. Which is current is told by the hash in twinbase_mapping.
create table if not exists twinbase_schema (
  aggregate_type text not null primary key,
  description text not null
){plain};
