-- Index: the primary key. Lock: all leases, in one order, until the transaction ends: whoever
-- balances or leaves does so alone.
select count(*) from (select l."partition" from twinbase_lease as l order by l."partition" for update) as held
