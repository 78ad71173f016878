-- What whoever signed in uses, such as "Firefox on Linux"; none of sessions from before, or of a client that says nothing.
alter table auth_sessions add column device text;
