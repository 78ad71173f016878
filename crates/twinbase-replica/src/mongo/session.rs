//! Causally consistent sessions, and cursors inside and outside of one.
//!
//! A read of the majority's data cannot be undone by a failover, and a later read of the same session waits until its
//! server has what the earlier ones saw. So a version that a token check saw is still there for the query after it.

use std::sync::Arc;

use bson::{Bson, Document, doc};
use mongodb::{
    ClientSession, Cursor, Database, SessionCursor,
    action::{Aggregate, CountDocuments, Distinct, Find},
    error::{ErrorKind, Result as DriverResult},
    options::ReadConcern,
};
use tokio::sync::Mutex;

use super::{Mongo, error::Failure};

/// A session, and the client that it belongs to. One read uses it at a time.
pub(super) struct Session {
    pub(super) database: Database,
    session: Mutex<ClientSession>,
}

/// The documents that a query finds.
pub(super) enum Found {
    Plain(Cursor<Document>),
    InSession(SessionCursor<Document>, Arc<Session>),
}

impl Found {
    /// The next document; the server is asked when the last message is used up.
    pub(super) async fn next(&mut self) -> DriverResult<Option<Document>> {
        match self {
            Self::Plain(cursor) => futures_util::TryStreamExt::try_next(cursor).await,
            Self::InSession(cursor, session) => {
                let mut session = session.session.lock().await;
                cursor.next(&mut session).await.transpose()
            }
        }
    }
}

impl Mongo {
    /// The same database, read through a session of its own. MongoDB has sessions;
    /// a server of another make that has none is read without one.
    pub(super) async fn in_session(&self) -> Result<Self, Failure> {
        let database = self.connection.database();
        let session = database.client().start_session().causal_consistency(true);
        let mut session = session.await.map_err(|error| Failure::of(&error))?;
        let ping = async {
            let ping = database
                .run_command(doc! { "ping": 1 })
                .session(&mut session);
            match ping.await {
                Ok(_) => Ok(true),
                Err(error) if matches!(*error.kind, ErrorKind::SessionsNotSupported) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let deadline = self.options.call_timeout;
        let has_sessions = self
            .connection
            .has_sessions
            .get_or_try_init(|| self.connection.within(deadline, ping));
        if !*has_sessions.await? {
            return Ok(self.clone());
        }
        let session = Mutex::new(session);
        Ok(Self {
            session: Some(Arc::new(Session { database, session })),
            ..self.clone()
        })
    }

    pub(super) async fn run_find(&self, find: Find<'_, Document>) -> DriverResult<Found> {
        let Some(session) = &self.session else {
            return find.await.map(Found::Plain);
        };
        let mut locked = session.session.lock().await;
        let find = find.read_concern(ReadConcern::majority());
        let cursor = find.session(&mut *locked).await?;
        Ok(Found::InSession(cursor, Arc::clone(session)))
    }

    pub(super) async fn run_aggregate(&self, aggregate: Aggregate<'_>) -> DriverResult<Found> {
        let Some(session) = &self.session else {
            return aggregate.await.map(Found::Plain);
        };
        let mut locked = session.session.lock().await;
        let aggregate = aggregate.read_concern(ReadConcern::majority());
        let cursor = aggregate.session(&mut *locked).await?;
        Ok(Found::InSession(cursor, Arc::clone(session)))
    }

    pub(super) async fn run_count(&self, count: CountDocuments<'_>) -> DriverResult<u64> {
        let Some(session) = &self.session else {
            return count.await;
        };
        let mut locked = session.session.lock().await;
        let count = count.read_concern(ReadConcern::majority());
        count.session(&mut *locked).await
    }

    pub(super) async fn run_distinct(&self, distinct: Distinct<'_>) -> DriverResult<Vec<Bson>> {
        let Some(session) = &self.session else {
            return distinct.await;
        };
        let mut locked = session.session.lock().await;
        let distinct = distinct.read_concern(ReadConcern::majority());
        distinct.session(&mut *locked).await
    }
}
