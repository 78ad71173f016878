-- Workers that are known to be dead do not live until their time. Index: the primary key.
-- Lock: the file's write lock, when there is one.
update twinbase_worker set expires_at = ?2
where id in (select value from json_each(?1)) and expires_at > ?2
