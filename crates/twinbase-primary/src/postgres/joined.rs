//! Statements in a transaction of `tokio-postgres` that is somebody else's.

use tokio_postgres::Transaction;
use twinbase_core::{PrimaryError, Row};

use super::{bind::Bound, error::translate, read, session::references};
use crate::driver::{Driver, Statement};

impl Driver for &Transaction<'_> {
    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, PrimaryError> {
        let bound: Vec<Bound<'_>> = statement.params.iter().map(Bound).collect();
        let answer = self.query(statement.text, &references(&bound)).await;
        answer
            .and_then(|rows| read::rows(&rows))
            .map_err(|error| translate(statement.operation, error))
    }
}
