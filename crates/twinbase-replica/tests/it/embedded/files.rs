//! Files that are not a store, that are full, and readers that hold one open.

use std::time::Duration;

use bson::doc;
use futures_util::{StreamExt as _, TryStreamExt as _};
use twinbase_core::{
    Replica as _, ReplicaError,
    replica::{Apply as _, Find, Reads as _},
};
use twinbase_replica::embedded::{Embedded, Options};
use twinbase_testkit::conformance::replica::{NOTES, applied, change, document, version_of};

use super::fresh_embedded;

#[tokio::test]
async fn what_was_applied_is_there_when_the_file_is_opened_again() {
    let (embedded, folder) = fresh_embedded(Options::default()).await;
    applied(&embedded, &[change("a", 3, doc! { "text": "kept" })]).await;
    drop(embedded);
    let path = folder.path().join("replica.db");
    let again = Embedded::open(&path, Options::default()).await.unwrap();
    assert_eq!(again.location(), format!("embedded:{}", path.display()));
    again.ping().await.unwrap();
    assert_eq!(version_of(&again, "a").await, Some((3, false)));
    assert!(document(&again, "a").await.is_some());
}

#[tokio::test]
async fn a_file_that_is_not_a_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let text = "Dear reader, this is not a database. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = Embedded::open(&path, Options::default()).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_refused_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("replica.db");
    let error = Embedded::open(&path, Options::default()).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("missing"), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_for_a_person_to_mend_and_the_batch_is_not_half_there() {
    let mut options = Options::default();
    options.max_file_bytes = Some(256 * 1024);
    let (embedded, _folder) = fresh_embedded(options).await;
    applied(&embedded, &[change("first", 1, doc! {})]).await;
    let batch: Vec<_> = (0..1_000)
        .map(|n| change(&format!("n{n}"), 1, doc! { "text": "x".repeat(1_000) }))
        .collect();
    let error = embedded.apply(&NOTES, &batch).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
    assert_eq!(embedded.count(&NOTES, doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_ended_with_an_error_and_frees_its_connection() {
    let mut options = Options::default();
    options.max_time = Duration::from_millis(50);
    options.readers = 1;
    let (embedded, _folder) = fresh_embedded(options).await;
    let changes: Vec<_> = (0..500)
        .map(|n| change(&format!("n{n:03}"), 1, doc! { "points": n }))
        .collect();
    applied(&embedded, &changes).await;
    let mut stalled = embedded.find(&NOTES, Find::default()).await.unwrap();
    stalled.next().await.unwrap().unwrap();
    // The only connection is free again without the first reader's doing anything.
    let second = embedded.find(&NOTES, Find::default()).await.unwrap();
    assert_eq!(second.try_collect::<Vec<_>>().await.unwrap().len(), 500);
    let rest = stalled.try_collect::<Vec<_>>().await;
    assert!(
        matches!(rest, Err(ReplicaError::LimitExceeded { .. })),
        "{rest:?}"
    );
}
