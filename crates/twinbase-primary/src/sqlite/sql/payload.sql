-- The payload of an event, and where it lies. Index: the unique one of id. Lock: none.
select seq, payload from "Outbox" where id = ?1
