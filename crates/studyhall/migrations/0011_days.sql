-- When the days of a user begin, and how a streak is counted. Dates are stored where something is written.
alter table users add column time_zone text not null default 'UTC';
alter table users add column day_start integer not null default 0;
alter table users add column weekly_aim integer not null default 5;
--[postgres cockroach]
alter table users add column holidays date[] not null default array[]::date[];
alter table users add column excused_days date[] not null default array[]::date[];
--[sqlite]
alter table users add column holidays text not null default '[]';
alter table users add column excused_days text not null default '[]';
--[all]
alter table users add column day_since {time};
alter table users add column day_floor {date};
