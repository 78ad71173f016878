//! Indexes of a collection that is there already.

use bson::doc;
use twinbase_core::replica::Apply as _;
use twinbase_docstore::Store;
use twinbase_replica::embedded::{Embedded, Options};
use twinbase_testkit::conformance::replica::{NOTES, NOTES_BY_TEXT, applied, change};

use super::fresh_embedded;

fn paths(store: &Store) -> Vec<String> {
    let indexes = store.indexes("notes").unwrap().unwrap();
    let keys = indexes.into_iter().flat_map(|index| index.keys);
    keys.map(|(path, _)| path).collect()
}

#[tokio::test]
async fn an_index_whose_definition_changed_is_rebuilt_by_the_program_that_started_last() {
    let (old, folder) = fresh_embedded(Options::default()).await;
    let path = folder.path().join("replica.db");
    let store = Store::open(&path, Options::default()).unwrap();
    assert_eq!(paths(&store), ["points", "_id"]);
    let new = Embedded::open(path, Options::default()).await.unwrap();
    new.prepare(&NOTES_BY_TEXT).await.unwrap();
    assert_eq!(paths(&store), ["points", "text"]);
    old.prepare(&NOTES).await.unwrap();
    assert_eq!(paths(&store), ["points", "text"]);
}

#[tokio::test]
async fn indexes_come_back_after_their_collection_was_dropped() {
    let (embedded, folder) = fresh_embedded(Options::default()).await;
    let path = folder.path().join("replica.db");
    let store = Store::open(path, Options::default()).unwrap();
    assert!(store.drop_collection("notes").unwrap());
    applied(&embedded, &[change("a", 1, doc! { "points": 1 })]).await;
    assert!(paths(&store).is_empty());
    embedded.prepare(&NOTES).await.unwrap();
    assert_eq!(paths(&store), ["points", "_id"]);
}
