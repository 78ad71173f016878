-- Workers that died more than an hour ago are of no interest any more.
-- Index: none, they are a handful. Lock: the file's write lock, when there is one.
delete from twinbase_worker
where expires_at < strftime('%Y-%m-%dT%H:%M:%fZ', ?1, '-1 hour')
