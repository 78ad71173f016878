//! Indexes of a collection that is there already.

use bson::doc;
use twinbase_core::{Language, Schema, TextIndex, replica::Apply as _};
use twinbase_docstore::Store;
use twinbase_replica::embedded::{Embedded, Options};
use twinbase_testkit::conformance::replica::{
    NOTES, NOTES_BY_TEXT, NOTES_TO_SEARCH, applied, change,
};

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

#[tokio::test]
async fn a_text_index_is_as_its_schema_says_and_one_of_another_name_takes_its_place() {
    let (embedded, folder) = fresh_embedded(Options::default()).await;
    let store = Store::open(folder.path().join("replica.db"), Options::default()).unwrap();
    let texts = || {
        let indexes = store.indexes("notes").unwrap().unwrap().into_iter();
        let texts = indexes.filter_map(|index| Some((index.name, index.text?)));
        texts.collect::<Vec<_>>()
    };
    embedded.prepare(&NOTES_TO_SEARCH).await.unwrap();
    let renamed = TextIndex::new("texts", [("text", 7)]).in_language(Language::German);
    let renamed = Schema::new("note", NOTES.table.clone(), "notes").with_text(renamed);
    embedded.prepare(&renamed).await.unwrap();
    let made = texts();
    let [(name, text)] = made.as_slice() else {
        panic!("{made:?}");
    };
    assert_eq!(name, "texts");
    assert_eq!(text.weights, [("text".to_owned(), 7)]);
    assert_eq!(text.default_language, "german");
    assert_eq!(text.language_override, TextIndex::LANGUAGE_FIELD);
    // An older program beside it does not take it back.
    embedded.prepare(&NOTES_TO_SEARCH).await.unwrap();
    assert_eq!(texts(), made);
}
