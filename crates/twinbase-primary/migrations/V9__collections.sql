-- Where the documents of each collection lie, and the rebuild that is under way. Who changes a row names the revision that it has seen.
-- `physical` and `state` are for people: both follow from the other columns.
create table if not exists twinbase_collection (
  collection text not null primary key,
  revision int8 not null,
  physical text not null,
  generation int4 not null,
  last_generation int4 not null,
  mapping int8,
  state text not null,
  rebuild text
){plain};
