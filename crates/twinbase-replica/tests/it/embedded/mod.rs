//! The embedded store: the suite on a file of its own, and what only a file can meet.

mod files;
mod indexes;

use std::sync::Arc;

use tempfile::TempDir;
use twinbase_core::{Replica, replica::Apply as _};
use twinbase_replica::embedded::{Embedded, Options};
use twinbase_testkit::conformance::replica::NOTES;

twinbase_testkit::replica_conformance!(crate::embedded::fresh);

/// A prepared replica in a folder of its own.
pub(crate) async fn fresh(_case: &str) -> Option<(Arc<dyn Replica>, TempDir)> {
    let (embedded, folder) = fresh_embedded(Options::default()).await;
    Some((Arc::new(embedded), folder))
}

async fn fresh_embedded(options: Options) -> (Embedded, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replica.db");
    let embedded = Embedded::open(path, options).await.unwrap();
    embedded.prepare(&NOTES).await.unwrap();
    (embedded, folder)
}
