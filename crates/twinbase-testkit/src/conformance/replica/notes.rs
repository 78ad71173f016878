//! The aggregate that the cases write, and short words for what they do to it.

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use jiff::{Timestamp, ToSpan as _};
use std::sync::LazyLock;
use twinbase_core::{
    AggregateId, Body, Change, Field, Index, Kind, Outcome, Replica, Schema, SharedSchema, Table,
    TextIndex, Version, replica::Find,
};

/// A schema with an index, as an application has it.
pub static NOTES: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "note",
        Table::new(
            "notes",
            &[
                Field::key("id"),
                Field::new("text", "text", Kind::Text),
                Field::new("points", "points", Kind::Int32),
            ],
        ),
        "notes",
    )
    .with_indexes(&[Index::new("by_points", [("points", -1), ("_id", 1)])])
    .into()
});

/// The same collection after a release that changed the definition of its index.
pub static NOTES_BY_TEXT: SharedSchema = LazyLock::new(|| {
    Schema::new("note", NOTES.table.clone(), "notes")
        .with_indexes(&[Index::new("by_points", [("points", -1), ("text", 1)])])
        .into()
});

/// The same collection after a release that lets people search it.
pub static NOTES_TO_SEARCH: SharedSchema = LazyLock::new(|| {
    let schema = Schema::new("note", NOTES.table.clone(), "notes");
    schema
        .with_indexes(NOTES.indexes.clone())
        .with_text(TextIndex::new("words", [("text", 1)]))
        .into()
});

/// An id from its text.
pub fn id(text: &str) -> AggregateId {
    AggregateId::new(text).expect("the id of a case is valid")
}

/// A document at a version.
pub fn change(text: &str, version: i64, document: Document) -> Change {
    Change {
        id: id(text),
        version: Version::new(version),
        body: Body::Document(document),
    }
}

/// A delete at a version, in the year 2100.
pub fn tombstone(text: &str, version: i64) -> Change {
    tombstone_at(text, version, 0)
}

/// A delete at a version, so many seconds after the start of the year 2100.
pub(super) fn tombstone_at(text: &str, version: i64, seconds: i64) -> Change {
    Change {
        body: Body::Tombstone(at(seconds)),
        ..change(text, version, doc! {})
    }
}

pub(super) fn at(seconds: i64) -> Timestamp {
    let start = Timestamp::from_second(4_102_444_800).expect("the year 2100 is a time");
    start + seconds.seconds()
}

/// Applies changes; the outcomes.
pub async fn applied(replica: &dyn Replica, changes: &[Change]) -> Vec<Outcome> {
    let outcomes = replica.apply(&NOTES, changes).await;
    let outcomes = outcomes.expect("the replica applies");
    assert_eq!(outcomes.len(), changes.len(), "one outcome for each change");
    outcomes
}

/// What a query finds.
pub async fn documents(replica: &dyn Replica, find: Find) -> Vec<Document> {
    let found = replica.find(&NOTES, find).await.expect("the replica finds");
    found.try_collect().await.expect("the answer comes whole")
}

/// What a filter finds, in the order of ids.
pub async fn find(replica: &dyn Replica, filter: Document) -> Vec<Document> {
    documents(replica, by_id(filter)).await
}

/// A query in the order of ids.
pub(super) fn by_id(filter: Document) -> Find {
    Find {
        filter,
        sort: Some(doc! { "_id": 1 }),
        ..Find::default()
    }
}

/// What a pipeline makes.
pub(super) async fn aggregated(replica: &dyn Replica, pipeline: Vec<Document>) -> Vec<Document> {
    let made = replica.aggregate(&NOTES, pipeline).await;
    let made = made.expect("the replica aggregates");
    made.try_collect().await.expect("the answer comes whole")
}

/// The document with this id, as a reader finds it.
pub async fn document(replica: &dyn Replica, text: &str) -> Option<Document> {
    let mut found = find(replica, doc! { "_id": text }).await;
    assert!(found.len() <= 1, "an id is unique");
    found.pop()
}

/// The version of a document or tombstone, and whether it is a tombstone.
pub async fn version_of(replica: &dyn Replica, text: &str) -> Option<(i64, bool)> {
    let versions = replica.versions(&NOTES, &[id(text)]).await;
    let versions = versions.expect("the replica answers versions");
    versions.first().map(|v| (v.version.get(), v.deleted))
}

/// Applies one change after the other, each with its outcome, and asserts which text is left at which version.
pub(super) async fn check(
    replica: &dyn Replica,
    steps: &[(Change, Outcome)],
    left: Option<&str>,
    version: (i64, bool),
) {
    for (change, outcome) in steps {
        let outcomes = applied(replica, std::slice::from_ref(change)).await;
        assert_eq!(outcomes, std::slice::from_ref(outcome), "{change:?}");
    }
    let id = steps[0].0.id.as_str();
    let left = left.map(|text| doc! { "_id": id, "text": text });
    assert_eq!(document(replica, id).await, left);
    assert_eq!(version_of(replica, id).await, Some(version));
}

/// A change of the text alone, of the document `a`.
pub(super) fn text(version: i64, text: &str) -> Change {
    change("a", version, doc! { "text": text })
}
