//! The handle: what can be done with a store. How it is done is in the modules beside this one.

mod clock;
pub(crate) mod column;
mod copy;
mod distinct;
mod failure;
mod file;
mod place;
mod read;
mod readers;
mod write;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bson::{Bson, Document};

pub(crate) use clock::Clock;
pub(crate) use failure::failure;

use self::file::Writer;
use self::readers::{Readers, Snapshot};
use crate::catalog::{self, check_name};
use crate::value::Order;
use crate::{Collation, Error, Find, IndexSpec, Options, Outcome, Put, Stored};

/// An open document store: one writer connection and a few reader connections over one SQLite file.
///
/// Cloning is cheap and shares the connections. Every call blocks. Several handles and several processes may have the
/// same file open; they take turns in writing, and readers wait for nobody.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
    options: Arc<Options>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Readers,
}

impl Store {
    /// Opens the file, creating it when it does not exist. Its folder must exist and be writable.
    ///
    /// # Errors
    /// [`Error::NotAStore`] and [`Error::NewerFormat`] leave the file as it is.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let writer = file::open(&path, &options)?;
        let readers = Readers::open(path.clone(), options.clone())?;
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                writer: Mutex::new(writer),
                readers,
            }),
            options: Arc::new(options),
        })
    }

    /// The same store, whose queries compare strings by a collation: filters, sorts, groups, joins, distinct values and expressions.
    ///
    /// `None` is the order of bytes, which a store has when it is opened. Indexes have their own: see [`IndexSpec::collation`].
    pub fn collated(&self, collation: Option<&Collation>) -> Result<Self, Error> {
        let order = Order::new(collation)?;
        Ok(Self {
            inner: Arc::clone(&self.inner),
            options: Arc::new(Options {
                order,
                ..(*self.options).clone()
            }),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Copies the whole store, as it is when this begins, into a file that does not exist, while others read and write.
    ///
    /// The log of the store does not shrink for as long as it takes. After an error the file may be there in part.
    pub fn copy_to(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        copy::copy(self.path(), &self.options, file.as_ref())
    }

    /// Whether the store can be read now, and its file has its place.
    pub fn ping(&self) -> Result<(), Error> {
        self.writer().place.check()?;
        self.collections().map(|_| ())
    }

    /// Takes what was deleted out of the file: out of the indexes of words, which cost as much as they are long, and out of
    /// the write-ahead log. Returns whether that is done: a long read may be in the way of the latter.
    pub fn scrub(&self) -> Result<bool, Error> {
        self.writer().merge_words()?;
        file::empty_log(&self.inner.path)
    }

    /// The names of the collections, sorted.
    pub fn collections(&self) -> Result<Vec<String>, Error> {
        const OPERATION: &str = "listing collections";
        self.read(OPERATION, |snapshot| {
            catalog::names(snapshot.connection()).map_err(failure(OPERATION))
        })
    }

    /// Creates what is missing of a collection and its indexes. Indexes that exist and are not listed stay.
    ///
    /// # Errors
    /// [`Error::InvalidIndex`] for a definition that cannot be built or differs from the existing index of that name,
    /// [`Error::Duplicates`] when stored documents break a unique index; nothing is created then.
    pub fn ensure_collection(&self, name: &str, indexes: &[IndexSpec]) -> Result<(), Error> {
        check_name(name)?;
        self.writer().ensure_collection(name, indexes)
    }

    /// Drops a collection with its documents and indexes; false when there was none.
    pub fn drop_collection(&self, name: &str) -> Result<bool, Error> {
        self.writer().drop_collection(name)
    }

    /// The indexes of a collection in the order in which they were made; `None` when there is no such collection.
    pub fn indexes(&self, collection: &str) -> Result<Option<Vec<IndexSpec>>, Error> {
        self.read("listing indexes", |snapshot| {
            read::indexes(snapshot, collection)
        })
    }

    /// Drops an index; false when there was none of this name. Queries that it served read the whole collection from then on.
    pub fn drop_index(&self, collection: &str, name: &str) -> Result<bool, Error> {
        self.writer().drop_index(collection, name)
    }

    /// Applies a batch in one transaction, creating the collection when there is none. The outcomes are in the order of `puts`.
    ///
    /// A put counts only when its version is above the stored one. After an error nothing of the batch is stored.
    pub fn apply(&self, collection: &str, puts: &[Put]) -> Result<Vec<Outcome>, Error> {
        check_name(collection)?;
        if puts.is_empty() {
            return Ok(Vec::new());
        }
        self.writer().apply(collection, puts)
    }

    /// The document with this id; `None` for a tombstone too.
    pub fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, Error> {
        self.read("reading a document", |snapshot| {
            read::get(snapshot, collection, id)
        })
    }

    /// The documents that a query finds. A collection that does not exist is empty.
    pub fn find(&self, collection: &str, query: &Find) -> Result<Vec<Document>, Error> {
        let limit = self.options.max_result_bytes;
        self.read("finding documents", |snapshot| {
            read::collect(limit, |visit| {
                read::find(snapshot, collection, query, &self.options, visit)
            })
        })
    }

    /// Visits what a query finds, one after another, in one snapshot and bounded memory.
    ///
    /// The time limit is for finding the next document; the visitor's own time does not count. The snapshot keeps the
    /// log of the store from shrinking for as long as the visit lasts.
    pub fn find_each(
        &self,
        collection: &str,
        query: &Find,
        mut visit: impl FnMut(Document) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read("visiting documents", |snapshot| {
            read::find(
                snapshot,
                collection,
                query,
                &self.options,
                &mut |document| {
                    let document = read::decode(document.as_bytes())?;
                    let flow = snapshot.off_the_clock(|| visit(document));
                    Ok(flow)
                },
            )
        })
    }

    /// The result of a pipeline.
    pub fn aggregate(
        &self,
        collection: &str,
        pipeline: &[Document],
    ) -> Result<Vec<Document>, Error> {
        let limit = self.options.max_result_bytes;
        self.read("aggregating", |snapshot| {
            read::collect(limit, |visit| {
                read::aggregate(snapshot, collection, pipeline, &self.options, visit)
            })
        })
    }

    /// Visits the result of a pipeline, one document after another, in one snapshot; what [`Store::find_each`] says of time holds here.
    pub fn aggregate_each(
        &self,
        collection: &str,
        pipeline: &[Document],
        mut visit: impl FnMut(Document) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read("aggregating", |snapshot| {
            let options = &self.options;
            read::aggregate(snapshot, collection, pipeline, options, &mut |document| {
                let document = read::decode(document.as_bytes())?;
                Ok(snapshot.off_the_clock(|| visit(document)))
            })
        })
    }

    /// How many documents a filter finds.
    pub fn count(&self, collection: &str, filter: &Document) -> Result<u64, Error> {
        self.read("counting documents", |snapshot| {
            read::count(snapshot, collection, filter, &self.options)
        })
    }

    /// The values that a path has in the documents that a filter finds, each once, in MongoDB's order of values.
    ///
    /// Of an array, the elements count and not the array itself; a missing field has no value. Which of several equal
    /// values stands for them (1 or 1.0) is open.
    ///
    /// # Errors
    /// [`Error::ResultTooLarge`] when the values together are larger than [`Options::max_result_bytes`].
    pub fn distinct(
        &self,
        collection: &str,
        path: &str,
        filter: &Document,
    ) -> Result<Vec<Bson>, Error> {
        self.read("finding distinct values", |snapshot| {
            distinct::distinct(snapshot, collection, path, filter, &self.options)
        })
    }

    /// (id, version, deleted) of those of the ids that are stored, tombstones included, in the order of `ids`.
    pub fn versions<S: AsRef<str>>(
        &self,
        collection: &str,
        ids: &[S],
    ) -> Result<Vec<(String, i64, bool)>, Error> {
        self.read("reading versions", |snapshot| {
            read::versions(snapshot, collection, ids)
        })
    }

    /// Those of the documents and tombstones with these ids that are stored, each under the key that it is stored by, in one
    /// snapshot and in the order of `ids`.
    pub fn get_many<S: AsRef<str>>(
        &self,
        collection: &str,
        ids: &[S],
    ) -> Result<Vec<Stored>, Error> {
        self.read("reading documents", |snapshot| {
            read::get_many(snapshot, collection, ids)
        })
    }

    /// (id, version, deleted) of up to `limit` documents and tombstones after an id, in byte order of the id.
    pub fn scan(
        &self,
        collection: &str,
        after_id: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, i64, bool)>, Error> {
        self.read("scanning", |snapshot| {
            read::scan(snapshot, collection, after_id, limit)
        })
    }

    /// Gives up to `limit` documents and tombstones after an id, as they are stored and in byte order of the id, until `visit` breaks. It gets
    /// the `_id`, the version and the document's BSON, of a tombstone none. It must not call the store.
    pub fn documents_after(
        &self,
        collection: &str,
        after_id: Option<&str>,
        limit: usize,
        visit: impl FnMut(&str, i64, Option<&[u8]>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read("reading documents", |snapshot| {
            read::documents_after(snapshot, collection, after_id, limit, visit)
        })
    }

    /// Removes up to `limit` tombstones that were written before a time, oldest first; returns how many.
    pub fn sweep_tombstones(
        &self,
        collection: &str,
        deleted_before_ms: i64,
        limit: usize,
    ) -> Result<usize, Error> {
        self.writer()
            .sweep_tombstones(collection, deleted_before_ms, limit)
    }

    /// How a query would be run: SQLite's own description of its part, then `THEN` and the name of each stage that follows on the
    /// documents that SQLite gives; `NOT` names an index that would serve if it had the collation of the query. For tests and for looking into slow queries, not a contract.
    pub fn explain(&self, collection: &str, query: &Find) -> Result<Vec<String>, Error> {
        self.read("explaining a query", |snapshot| {
            read::explain(snapshot, collection, query, &self.options)
        })
    }

    /// The same for a pipeline.
    pub fn explain_pipeline(
        &self,
        collection: &str,
        pipeline: &[Document],
    ) -> Result<Vec<String>, Error> {
        self.read("explaining a query", |snapshot| {
            read::explain_pipeline(snapshot, collection, pipeline, &self.options)
        })
    }

    fn read<T>(
        &self,
        operation: &'static str,
        run: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let order = &self.options.order;
        self.inner.readers.read(operation, order, run)
    }

    /// A panic in another thread leaves the connection usable: its transaction was rolled back while it unwound.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.inner
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
