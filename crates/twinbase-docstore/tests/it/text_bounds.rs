//! Searches of many words.

use bson::doc;
use twinbase_docstore::{Error, Find, Options};

use crate::support::{Scratch, fill, ids, text};
use crate::text::{search, todos};

#[test]
fn a_search_has_bounds() {
    let mut options = Options::default();
    options.max_clauses = 100;
    let store = Scratch::with(options);
    store
        .ensure_collection("c", &[text("text", &[("title", 1)])])
        .unwrap();
    fill(&store, "c", &[doc! { "_id": "a", "title": "word99" }]);
    let words = |count: usize| {
        (0..count)
            .map(|n| format!("word{n}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(ids(&store, "c", search(&words(100))), ["a"]);
    let query = Find {
        filter: search(&words(101)),
        ..Find::default()
    };
    assert!(matches!(
        store.find("c", &query),
        Err(Error::QueryTooLarge { .. })
    ));
}

#[test]
fn a_search_of_ten_thousand_words_is_no_deeper_than_one_of_two() {
    let store = todos();
    fill(&store, "c", &[doc! { "_id": "a", "title": "word9999" }]);
    let words: Vec<String> = (0..Options::default().max_clauses.min(10_000))
        .map(|n| format!("word{} -not{n}", 9_999 - n))
        .collect();
    let words = words.join(" ");
    let half: String = words
        .split_inclusive(' ')
        .take(Options::default().max_clauses.min(10_000))
        .collect();
    assert_eq!(ids(&store, "c", search(&half)), ["a"]);
}
