-- Rows of the write path bring their version and never get here.
drop trigger if exists twinbase_complete_event on "Outbox";
create trigger twinbase_complete_event before insert on "Outbox"
  for each row when ((new).version is null) execute function twinbase_complete_event();
