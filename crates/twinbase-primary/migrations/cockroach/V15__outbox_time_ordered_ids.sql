-- Ids stay random: keys in the order of time would all go to one range.
select 1;
