-- The time of this database, as it writes times. Index: none. Lock: none.
select strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
