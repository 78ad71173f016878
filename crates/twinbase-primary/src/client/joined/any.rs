//! A transaction of `tokio-postgres`, or of any other driver.

use jiff::Timestamp;
use tokio::sync::Mutex;
use twinbase_core::{
    PrimaryError, Row, State, Token, Value,
    primary::{PrimaryKind, Written},
    write::{Select, Write},
};

use super::{Common, Join};
use crate::{
    client::{Client, Writes},
    driver::{self, Driver},
};

/// Writes in a transaction of the caller's. Its connection keeps its own settings and timeouts.
pub struct Joined<D> {
    /// Calls of one transaction follow each other.
    driver: Mutex<D>,
    kind: PrimaryKind,
    common: Common,
}

impl<D: Driver> Join for D {
    type Writes = Joined<D>;

    fn join(self, client: &Client) -> Joined<D> {
        Joined {
            driver: Mutex::new(self),
            kind: client.primary.kind(),
            common: Common::of(client),
        }
    }
}

impl<D> Joined<D> {
    /// The token of all that was written so far. It is worth something once the transaction has committed.
    pub fn token(&self) -> Token {
        self.common.token()
    }
}

impl<D: Driver> Writes for Joined<D> {
    fn now(&self) -> Timestamp {
        self.common.clock.now()
    }

    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        self.common.check(&write)?;
        let mut driver = self.driver.lock().await;
        let written = driver::write(&mut *driver, self.kind, &write).await;
        self.common.take(&write, written)
    }

    async fn rows(&self, select: Select) -> Result<Vec<State>, PrimaryError> {
        let mut driver = self.driver.lock().await;
        driver::select(&mut *driver, self.kind, &select, true).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let mut driver = self.driver.lock().await;
        driver::query(&mut *driver, self.kind, sql, params).await
    }
}
