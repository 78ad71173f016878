//! Which database connections lead to. One that was put in its place, such as a dump that was restored and renamed, is found by the first
//! connection to it: before anybody writes there, versions begin above every one of before.
//!
//! A program that leads notices that itself, with its next heartbeat. This is for every other one, and for the moments until then.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::{
    Client, Error, SimpleQueryMessage,
    error::SqlState,
    types::{ToSql, Type},
};
use twinbase_core::primary::{Cause, PrimaryKind};

use super::sql;

/// What the first connection led to; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<Option<String>>>);

impl Known {
    /// Looks at a new connection, and raises the floor of versions where it leads to another database than those before.
    ///
    /// # Errors
    /// When that could not be done: the connection is not to be used.
    pub(super) async fn meets(&self, client: &Client, kind: PrimaryKind) -> Result<(), Error> {
        let Some(this) = identity(client, kind).await? else {
            return Ok(());
        };
        // One at a time: the others find that it was done.
        let mut known = self.0.lock().await;
        if known.as_ref().is_some_and(|known| is_other(known, &this)) {
            let cause = Cause::OtherDatabase;
            let params: [(&(dyn ToSql + Sync), Type); 2] =
                [(&this, Type::TEXT), (&cause.name(), Type::TEXT)];
            let raise = sql::of(kind, &sql::RAISE, &sql::COCKROACH_RAISE);
            match client.query_typed(raise, &params).await {
                // Somebody else has done it for this database.
                Ok(raised) if raised.is_empty() => {}
                Ok(_) => tracing::error!(
                    cause = cause.name(),
                    "the primary is another database than before: versions begin above a new floor; compare both sides with `verify` and mend them with `repair`"
                ),
                // One without our tables: whoever makes them begins anew.
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        *known = Some(this);
        Ok(())
    }
}

/// `None` where nothing can be written.
async fn identity(client: &Client, kind: PrimaryKind) -> Result<Option<String>, Error> {
    let text = sql::of(kind, &sql::IDENTITY, &sql::COCKROACH_IDENTITY);
    let answer = client.simple_query(text).await?;
    let mut rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get("identity"),
        _ => None,
    });
    Ok(rows.next().map(str::to_owned))
}

/// A database that has its tables only now is told more exactly than before.
fn is_other(known: &str, this: &str) -> bool {
    let rest = this.strip_prefix(known);
    !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
