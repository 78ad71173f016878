-- Now, and when a lease that begins now ends. Index: none. Lock: none.
select strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)
