//! A transaction of `rusqlite`: its calls block, as the driver's own do.

use rusqlite::Transaction;
use twinbase_core::{
    Aggregate, AggregateId, NewRow, PrimaryError, Token, Version, Versioned,
    primary::Written,
    schema::Assignment,
    write::{Action, Write},
};

use super::{Common, Join};
use crate::{
    client::{
        Client,
        writes::{self, first, typed},
    },
    sqlite,
};

/// Writes in a transaction of the caller's, on a connection to the primary's file.
pub struct JoinedSqlite<'a> {
    transaction: &'a Transaction<'a>,
    common: Common,
}

impl<'a> Join for &'a Transaction<'_> {
    type Writes = JoinedSqlite<'a>;

    fn join(self, client: &Client) -> JoinedSqlite<'a> {
        JoinedSqlite {
            transaction: self,
            common: Common::of(client),
        }
    }
}

impl JoinedSqlite<'_> {
    /// The token of all that was written so far. It is worth something once the transaction has committed.
    pub fn token(&self) -> Token {
        self.common.token()
    }

    /// Runs one change; the calls below are made of it.
    pub fn execute(&self, write: &Write) -> Result<Written, PrimaryError> {
        self.common.check(write)?;
        self.common
            .take(write, sqlite::write(self.transaction, write))
    }

    /// Inserts rows; all or none. They come in no certain order.
    pub fn insert<N: NewRow>(
        &self,
        new: &[N],
    ) -> Result<Vec<Versioned<N::Aggregate>>, PrimaryError> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        typed(self.execute(&writes::insert(new)?)?.states)
    }

    /// Updates the aggregate with this id, when it is at the version if one is given; `None` when there is none.
    pub fn update<A: Aggregate>(
        &self,
        id: &AggregateId,
        version: Option<Version>,
        set: impl IntoIterator<Item = Assignment<A>>,
    ) -> Result<Option<Versioned<A>>, PrimaryError> {
        let action = writes::update(writes::by_key::<A>(id), set);
        let write = writes::conditional::<A>(action, version);
        first(typed(self.execute(&write)?.states))
    }

    /// Deletes the aggregate with this id, when it is at the version if one is given; `None` when there is none.
    pub fn delete<A: Aggregate>(
        &self,
        id: &AggregateId,
        version: Option<Version>,
    ) -> Result<Option<Versioned<A>>, PrimaryError> {
        let write = writes::conditional::<A>(
            Action::Delete {
                filter: writes::by_key::<A>(id),
            },
            version,
        );
        first(typed(self.execute(&write)?.states))
    }
}
