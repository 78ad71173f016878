//! Which database connections lead to. One that was put in its place, such as a dump that was restored and renamed, is found by the first
//! connection to it: before anybody writes there, versions begin above every one of before.
//!
//! A program that leads notices that itself, with its next heartbeat. This is for every other one, and for the moments until then.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Mutex;
use tokio_postgres::{
    Client, Error, SimpleQueryMessage,
    error::SqlState,
    types::{ToSql, Type},
};
use twinbase_core::primary::{Cause, PrimaryKind};

use super::sql;

/// Fails: an error of the driver cannot be made.
const REFUSE: &str = "do $$ begin
    raise exception 'its tables are not there, or without their rows: a dump is being put back, or it was emptied; \
to begin anew in it, run migrate and start the program again'
    using errcode = 'cannot_connect_now';
end $$";

/// What connections have led to; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    met: Mutex<Met>,
    is_whole: AtomicBool,
}

/// What the last connection led to.
#[derive(Debug, Default)]
enum Met {
    /// There was none.
    #[default]
    Nothing,
    /// A database without our tables, or without their rows: one that is to be migrated, or into which a dump is being put back.
    Part,
    /// One with its identity.
    Whole(String),
}

impl Known {
    /// Looks at a new connection, and raises the floor of versions where it leads to another database than those before.
    ///
    /// # Errors
    /// When that could not be done, or when a dump is being put back in the place of the database: the connection is not to be used.
    pub(super) async fn meets(&self, client: &Client, kind: PrimaryKind) -> Result<(), Error> {
        let Some(this) = identity(client, kind).await? else {
            return Ok(());
        };
        // One at a time: the others find that it was done.
        let mut met = self.0.met.lock().await;
        if !matches!(&*met, Met::Whole(known) if !is_other(known, &this)) {
            if !is_whole(client).await? {
                if let Met::Whole(_) = *met {
                    return client.batch_execute(REFUSE).await;
                }
                *met = Met::Part;
                return Ok(());
            }
            match *met {
                Met::Nothing => {}
                Met::Part => raise(client, kind, (&this, false)).await?,
                Met::Whole(_) => raise(client, kind, (&this, true)).await?,
            }
            self.0.is_whole.store(true, Ordering::Relaxed);
        }
        *met = Met::Whole(this);
        Ok(())
    }

    /// Whether a connection may be used again. Where it led to a part of a database nobody knows what has come since.
    pub(super) fn is_whole(&self) -> bool {
        self.0.is_whole.load(Ordering::Relaxed)
    }
}

async fn is_whole(client: &Client) -> Result<bool, Error> {
    match client.query_typed(&sql::WHOLE, &[]).await {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(error) => match error.code() {
            Some(&SqlState::UNDEFINED_TABLE) => Ok(false),
            // A user that only reads other tables.
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(true),
            _ => Err(error),
        },
    }
}

/// Raises the floor where the database is another one than before; `always` where it was never recorded which it is, too.
async fn raise(
    client: &Client,
    kind: PrimaryKind,
    (this, always): (&str, bool),
) -> Result<(), Error> {
    let cause = Cause::OtherDatabase;
    let params: [(&(dyn ToSql + Sync), Type); 3] = [
        (&this, Type::TEXT),
        (&cause.name(), Type::TEXT),
        (&always, Type::BOOL),
    ];
    let raise = sql::of(kind, &sql::RAISE, &sql::COCKROACH_RAISE);
    // No row: somebody else has done it for this database.
    if !client.query_typed(raise, &params).await?.is_empty() {
        tracing::error!(
            cause = cause.name(),
            "the primary is another database than before: versions begin above a new floor; compare both sides with `verify` and mend them with `repair`"
        );
    }
    Ok(())
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
