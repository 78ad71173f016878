//! The handle. It owns connections and says what can be done; how is in the modules beside it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bson::Document;

use crate::{Error, Find, IndexSpec, Options, Outcome, Put, Stored};

/// An open document store. Cloning is cheap and shares the connections. All calls block.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
}

fn unsupported<T>(operator: &str) -> Result<T, Error> {
    Err(Error::Unsupported {
        operator: operator.to_owned(),
        path: String::new(),
    })
}

#[expect(
    unused_variables,
    reason = "the signatures that others build against; the bodies follow in the next commit"
)]
#[expect(
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    reason = "see above"
)]
impl Store {
    /// Opens the file, creating it when it does not exist.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.as_ref().to_path_buf(),
            }),
        })
    }
    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
    /// Whether the store can be read now.
    pub fn ping(&self) -> Result<(), Error> {
        unsupported("ping")
    }
    /// The names of the collections, sorted.
    pub fn collections(&self) -> Result<Vec<String>, Error> {
        unsupported("collections")
    }
    /// Creates what is missing of a collection and its indexes; indexes that are not listed stay.
    pub fn ensure_collection(&self, name: &str, indexes: &[IndexSpec]) -> Result<(), Error> {
        unsupported("ensure_collection")
    }
    /// Drops a collection; false when there was none.
    pub fn drop_collection(&self, name: &str) -> Result<bool, Error> {
        unsupported("drop_collection")
    }
    /// Applies a batch in one transaction; the outcomes are in the order of `puts`.
    pub fn apply(&self, collection: &str, puts: &[Put]) -> Result<Vec<Outcome>, Error> {
        unsupported("apply")
    }
    /// The document with this id.
    pub fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, Error> {
        unsupported("get")
    }
    /// The documents that a query finds.
    pub fn find(&self, collection: &str, query: &Find) -> Result<Vec<Document>, Error> {
        unsupported("find")
    }
    /// Visits what a query finds, in one snapshot and bounded memory.
    pub fn find_each(
        &self,
        collection: &str,
        query: &Find,
        visit: impl FnMut(Document) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        unsupported("find_each")
    }
    /// The result of a pipeline.
    pub fn aggregate(
        &self,
        collection: &str,
        pipeline: &[Document],
    ) -> Result<Vec<Document>, Error> {
        unsupported("aggregate")
    }
    /// How many documents a filter finds.
    pub fn count(&self, collection: &str, filter: &Document) -> Result<u64, Error> {
        unsupported("count")
    }
    /// (id, version, deleted) of those of the ids that are stored, tombstones included, in the order of `ids`.
    pub fn versions<S: AsRef<str>>(
        &self,
        collection: &str,
        ids: &[S],
    ) -> Result<Vec<(String, i64, bool)>, Error> {
        unsupported("versions")
    }
    /// Documents and tombstones after an id, in byte order of the id.
    pub fn scan(
        &self,
        collection: &str,
        after_id: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, Error> {
        unsupported("scan")
    }
    /// Removes up to `limit` tombstones that were written before a time; returns how many.
    pub fn sweep_tombstones(
        &self,
        collection: &str,
        deleted_before_ms: i64,
        limit: usize,
    ) -> Result<usize, Error> {
        unsupported("sweep_tombstones")
    }
}
