//! The embedded document store, in this process, as a replica.
//!
//! The store keeps versions and tombstones beside the documents, so nothing has to be hidden in them. It blocks, so
//! every call runs on a thread for that.

mod apply;
mod documents;
mod error;
mod reads;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use twinbase_core::{Replica, ReplicaError, Schema, replica::ReplicaKind};
use twinbase_docstore::{Error, Store};

pub use twinbase_docstore::Options;

use crate::{collection, prepared::Prepared};

/// An embedded document store as a replica. Cloning is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct Embedded {
    store: Store,
    path: PathBuf,
    /// How long a reader may leave a stream of documents alone before it is ended with an error. Until then the stream
    /// holds a connection, and a snapshot that the file cannot be cleaned behind.
    max_time: Duration,
    prepared: Prepared,
}

impl Embedded {
    /// Opens the file, making it when it does not exist. A reader may leave a stream of documents alone for
    /// [`Options::max_time`].
    ///
    /// # Errors
    /// [`ReplicaError::Refused`] when the file is not a store or cannot be written.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, ReplicaError> {
        let path = path.as_ref().to_owned();
        let file = path.clone();
        let max_time = options.max_time;
        let open = move || Store::open(file, options);
        Ok(Self {
            store: run("open the document store", open).await?,
            path,
            max_time,
            prepared: Prepared::default(),
        })
    }

    /// Runs `work` on a schema's collection.
    async fn run<T: Send + 'static>(
        &self,
        schema: &Schema,
        operation: &'static str,
        work: impl FnOnce(&Store, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ReplicaError> {
        let name = collection::name(schema, operation)?.to_owned();
        let store = self.store.clone();
        run(operation, move || work(&store, &name)).await
    }
}

/// Runs `work` on a thread that may block. When the caller goes away, `work` still ends by itself: a batch is never half applied.
async fn run<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, ReplicaError> {
    let result = tokio::task::spawn_blocking(work).await;
    let result = result.map_err(|error| error::broken(operation, &error))?;
    result.map_err(|error| error::of(operation, error))
}

#[async_trait]
impl Replica for Embedded {
    fn kind(&self) -> ReplicaKind {
        ReplicaKind::Embedded
    }

    fn location(&self) -> String {
        format!("embedded:{}", self.path.display())
    }

    async fn collections(&self) -> Result<Vec<String>, ReplicaError> {
        let store = self.store.clone();
        run("list collections", move || store.collections()).await
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        let store = self.store.clone();
        run("ping the document store", move || store.ping()).await
    }

    async fn backup(&self, file: &Path) -> Result<bool, ReplicaError> {
        let (store, file) = (self.store.clone(), file.to_owned());
        run("copy the document store", move || store.copy_to(file)).await?;
        Ok(true)
    }

    async fn scrub(&self) -> Result<bool, ReplicaError> {
        let store = self.store.clone();
        run("erase what was deleted", move || store.scrub()).await
    }
}
