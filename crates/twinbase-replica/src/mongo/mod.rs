//! MongoDB, or a server that speaks its protocol, as a replica.
//!
//! A document is `{_id, ..fields, _sync: {v}}`, a tombstone `{_id, _sync: {v, deleted: true, at}}`. Nothing here waits
//! without a deadline, and no password is in an error, a log line or a `Debug`.

mod address;
mod apply;
mod codes;
mod connection;
mod error;
mod lookup;
mod options;
mod physical;
mod prepare;
mod reads;
mod session;
mod shape;
mod stored;
mod sweep;
mod text;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bson::{Document, doc};
use mongodb::{
    Collection, Database,
    options::{ClientOptions, Collation, ReadPreference, SelectionCriteria},
};
use twinbase_core::{Replica, ReplicaError, Schema, replica::ReplicaKind};

pub use options::Options;

use crate::{collection, prepared::Prepared};
use connection::Connection;
use error::Failure;
use session::Session;

/// The database when the URL names none.
const DEFAULT_DATABASE: &str = "twinbase";
const CONNECT: &str = "connect to MongoDB";

/// A MongoDB database as a replica. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Mongo {
    connection: Arc<Connection>,
    location: String,
    options: Options,
    prepared: Prepared,
    session: Option<Arc<Session>>,
    /// To which servers readers' queries go; `None` for the primary.
    readers: Option<SelectionCriteria>,
    /// By which readers' queries compare strings.
    collation: Option<Collation>,
}

impl Mongo {
    /// Reads the URL and prepares a pool of connections to what it names.
    ///
    /// Nothing is sent yet (`mongodb+srv://` asks the DNS): a server that is away now is waited for by those who need it.
    ///
    /// # Errors
    /// [`ReplicaError::Refused`] when the URL is not acceptable.
    pub async fn connect(url: &str, options: Options) -> Result<Self, ReplicaError> {
        let mut client_options = ClientOptions::parse(url)
            .await
            .map_err(|error| address::refused(url, &error))?;
        let database = client_options
            .default_database
            .clone()
            .unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        let app_name = &mut client_options.app_name;
        app_name.get_or_insert_with(|| "twinbase".to_owned());
        let connect = &mut client_options.connect_timeout;
        connect.get_or_insert(options.connect_timeout);
        let select = &mut client_options.server_selection_timeout;
        select.get_or_insert(options.server_selection_timeout);
        // Readers' queries go where the URL says. What the engine reads to decide goes to the primary: a secondary may be behind.
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let readers = client_options.selection_criteria.replace(primary);
        let readers = readers.filter(|readers| {
            !matches!(
                readers,
                SelectionCriteria::ReadPreference(ReadPreference::Primary)
            )
        });
        let location = address::location(url, &database);
        let connection = Connection::new(client_options, database)
            .map_err(|error| Failure::of(&error).into_error(CONNECT))?;
        Ok(Self {
            connection: Arc::new(connection),
            location,
            options,
            prepared: Prepared::default(),
            session: None,
            readers,
            collation: None,
        })
    }

    fn database(&self) -> Database {
        match &self.session {
            Some(session) => session.database.clone(),
            None => self.connection.database(),
        }
    }

    /// Runs a command of ours on the database.
    async fn command(&self, deadline: Duration, command: Document) -> Result<Document, Failure> {
        let database = self.database();
        let call = database.run_command(command);
        self.connection.within(deadline, call).await
    }

    /// Sends a reader's query.
    async fn query<T>(
        &self,
        operation: &'static str,
        call: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, ReplicaError> {
        // The server stops it first, when it can.
        let grace = self.options.call_timeout.min(Duration::from_secs(2));
        let deadline = self.options.query_time + grace;
        let answer = self.connection.within(deadline, call).await;
        answer.map_err(|failure| failure.into_query_error(operation))
    }

    fn collection(
        &self,
        schema: &Schema,
        operation: &'static str,
    ) -> Result<Collection<Document>, ReplicaError> {
        collection::name(schema, operation).map(|name| self.database().collection(name))
    }
}

impl fmt::Debug for Mongo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mongo")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Replica for Mongo {
    fn kind(&self) -> ReplicaKind {
        ReplicaKind::Mongo
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    async fn collections(&self) -> Result<Vec<String>, ReplicaError> {
        physical::all(self).await
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        let answer = self.command(self.options.call_timeout, doc! { "ping": 1 });
        let reached = answer.await.map(drop);
        reached.map_err(|failure| failure.into_error("ping MongoDB"))
    }

    async fn close(&self) {
        let client = self.connection.database().client().clone();
        client.shutdown().immediate(true).await;
    }
}
