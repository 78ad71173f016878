//! What people look for by words. A server that speaks MongoDB's protocol may have no text search: then, and only then,
//! a search is an error of its own, and everything else works.

use std::sync::Arc;

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::{
    Language, Replica, ReplicaError, Schema, TextIndex,
    replica::{Find, ReplicaKind},
};

use super::notes::{NOTES, NOTES_TO_SEARCH, applied, by_id, change, find};

const TEXTS: [(&str, &str); 4] = [
    ("a", "A running commentary on running shoes"),
    ("b", "The shoe that runs"),
    ("c", "Cooking with gas"),
    ("d", "Ein Commentar"),
];

async fn written(replica: &dyn Replica) {
    let changes = TEXTS.map(|(id, text)| change(id, 1, doc! { "text": text, "points": 1 }));
    applied(replica, &changes).await;
}

/// What a query finds; `None` where the server has no text search.
async fn searched(replica: &dyn Replica, schema: &Schema, find: Find) -> Option<Vec<Document>> {
    let found = match replica.find(schema, find).await {
        Ok(found) => found.try_collect().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => Some(found),
        Err(ReplicaError::NoTextSearch { .. }) if replica.kind() == ReplicaKind::Mongo => None,
        Err(error) => panic!("{error:?}"),
    }
}

fn words(text: &str) -> Document {
    doc! { "$text": { "$search": text } }
}

fn ids(found: &[Document]) -> String {
    let ids = found
        .iter()
        .map(|document| document.get_str("_id").unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn finds(found: Option<&[Document]>, expected: &str, what: &str) {
    if let Some(found) = found {
        assert_eq!(ids(found), expected, "{what}");
    }
}

/// Stems, phrases, words that must not be there, other conditions beside them; by relevance, with the score.
pub async fn a_search_finds_words_in_any_form_and_ranks_them(replica: Arc<dyn Replica>) {
    replica.prepare(&NOTES_TO_SEARCH).await.unwrap();
    written(&*replica).await;
    for (filter, expected) in [
        (words("RUN"), "a b"),
        (words("shoes cooking"), "a b c"),
        (words("run -commentary"), "b"),
        (words("\"running shoes\""), "a"),
        (words("the"), ""),
        (
            doc! { "$and": [words("run"), { "_id": { "$ne": "a" } }] },
            "b",
        ),
    ] {
        let found = searched(&*replica, &NOTES_TO_SEARCH, by_id(filter.clone())).await;
        finds(found.as_deref(), expected, &filter.to_string());
    }
    let ranked = Find {
        filter: words("running shoe"),
        sort: Some(doc! { "score": { "$meta": "textScore" } }),
        projection: Some(doc! { "score": { "$meta": "textScore" } }),
        ..Find::default()
    };
    if let Some(found) = searched(&*replica, &NOTES_TO_SEARCH, ranked).await {
        let scores: Vec<f64> = found
            .iter()
            .map(|of| of.get_f64("score").unwrap())
            .collect();
        assert_eq!(scores.len(), 2, "{found:?}");
        assert!(scores[0] >= scores[1] && scores[1] > 0.0, "{scores:?}");
        assert!(!found[0].contains_key("_sync"), "{found:?}");
    }
}

/// The index does not stand in the way of anything.
pub async fn a_collection_with_a_text_index_works_even_where_there_is_no_search(
    replica: Arc<dyn Replica>,
) {
    for _ in 0..2 {
        replica.prepare(&NOTES_TO_SEARCH).await.unwrap();
    }
    written(&*replica).await;
    assert_eq!(ids(&find(&*replica, doc! { "points": 1 }).await), "a b c d");
    let plain = doc! { "text": { "$regex": "shoe" } };
    assert_eq!(ids(&find(&*replica, plain).await), "a b");
}

/// So that an application can take a plain filter instead, and still hears of its own mistakes.
pub async fn a_search_without_a_text_index_is_told_from_a_wrong_query(replica: Arc<dyn Replica>) {
    written(&*replica).await;
    let search = replica.find(&NOTES, by_id(words("run"))).await.map(drop);
    let pipeline = vec![doc! { "$match": words("run") }];
    let piped = replica.aggregate(&NOTES, pipeline).await.map(drop);
    let counted = replica.count(&NOTES, words("run")).await.map(drop);
    for answer in [search, piped, counted] {
        assert!(
            matches!(answer, Err(ReplicaError::NoTextSearch { .. })),
            "{answer:?}"
        );
    }
    let wrong = by_id(doc! { "text": { "$nonsense": "$text" } });
    let wrong = replica.find(&NOTES, wrong).await.map(drop);
    assert!(
        matches!(wrong, Err(ReplicaError::InvalidQuery { .. })),
        "{wrong:?}"
    );
}

/// `$prefix` is the embedded store's own; MongoDB is not asked for what it would refuse in its words.
pub async fn the_beginning_of_a_word_is_found_by_the_embedded_store_alone(
    replica: Arc<dyn Replica>,
) {
    replica.prepare(&NOTES_TO_SEARCH).await.unwrap();
    written(&*replica).await;
    let filter = doc! { "$text": { "$search": "comm", "$prefix": true } };
    let found = replica.find(&NOTES_TO_SEARCH, by_id(filter)).await;
    match replica.kind() {
        ReplicaKind::Embedded => {
            let found: Vec<_> = found.unwrap().try_collect().await.unwrap();
            assert_eq!(ids(&found), "a d");
        }
        ReplicaKind::Mongo => {
            let Err(ReplicaError::NoTextSearch { reason }) = found.map(drop) else {
                panic!("the prefix was not refused");
            };
            assert!(reason.contains("$prefix"), "{reason}");
        }
    }
}

/// Under its name, and under another one: a collection has one text index.
pub async fn a_text_index_whose_definition_changed_is_rebuilt(replica: Arc<dyn Replica>) {
    replica.prepare(&NOTES_TO_SEARCH).await.unwrap();
    written(&*replica).await;
    for (name, language, expected) in [
        ("words", Language::None, ""),
        ("texts", Language::English, "a b"),
    ] {
        let text = TextIndex::new(name, [("text", 1)]).in_language(language);
        let schema = Schema::new("note", NOTES.table.clone(), "notes").with_text(text);
        replica.prepare(&schema).await.unwrap();
        let found = searched(&*replica, &schema, by_id(words("run"))).await;
        finds(found.as_deref(), expected, name);
    }
}
