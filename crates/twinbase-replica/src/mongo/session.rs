//! Causally consistent sessions, and cursors inside and outside of one.
//!
//! A read of the majority's data cannot be undone by a failover, and a later read of the same session waits until its
//! server has what the earlier ones saw (`afterClusterTime`). So a version that a token check saw is still there for the query after it,
//! on whichever server that runs.
//!
//! Where readers' queries go to secondaries a session begins at the primary, whose time the ping returns. A secondary answers
//! once it has everything up to then, so that what was applied before, by whatever process, is seen.

use std::sync::Arc;

use bson::{Bson, Document, RawDocument, doc};
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

impl Found {
    /// The same, and what becomes of the next document as it was sent.
    pub(super) async fn next_raw<T>(
        &mut self,
        visit: impl FnOnce(&RawDocument) -> T,
    ) -> DriverResult<Option<T>> {
        match self {
            Self::Plain(cursor) => {
                let is_there = cursor.advance().await?;
                Ok(is_there.then(|| visit(cursor.current())))
            }
            Self::InSession(cursor, session) => {
                let mut session = session.session.lock().await;
                let is_there = cursor.advance(&mut session).await?;
                Ok(is_there.then(|| visit(cursor.current())))
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
        let known = &self.connection.has_sessions;
        let has_sessions = if let (None, Some(has_sessions)) = (&self.readers, known.get()) {
            *has_sessions
        } else {
            let has_sessions = self.begins(&database, &mut session).await?;
            *known.get_or_init(|| async { has_sessions }).await
        };
        if !has_sessions {
            // Nothing tells a secondary of such a server how far it has to be.
            return Ok(Self {
                readers: None,
                ..self.clone()
            });
        }
        let session = Mutex::new(session);
        Ok(Self {
            session: Some(Arc::new(Session { database, session })),
            ..self.clone()
        })
    }

    /// Whether the server has sessions. The primary's time is the session's afterwards.
    async fn begins(
        &self,
        database: &Database,
        session: &mut ClientSession,
    ) -> Result<bool, Failure> {
        let ping = database.run_command(doc! { "ping": 1 }).session(session);
        let ping = async {
            match ping.await {
                Ok(_) => Ok(true),
                Err(error) if matches!(*error.kind, ErrorKind::SessionsNotSupported) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let deadline = self.options.call_timeout;
        self.connection.within(deadline, ping).await
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
