//! The table of stages: one line per case: the manual's rule, the collection, the pipeline, the documents that come out.
//!
//! A line that begins with `docs` gives the documents of a collection. The rest is as in the table of expressions.

use bson::Document;

use crate::support::{Scratch, documents, fill};

#[test]
fn stages_follow_the_manual() {
    let store = Scratch::new();
    let (mut failures, mut cases) = (Vec::new(), 0);
    for line in include_str!("tables/stages.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("docs ") {
            let (name, json) = rest.split_once(' ').unwrap();
            fill(&store, name, &documents(json));
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [rule, collection, pipeline, expected] = parts[..] else {
            panic!("{line:?} has not four parts")
        };
        cases += 1;
        let found = store
            .aggregate(collection, &documents(pipeline))
            .map_err(|error| error.to_string());
        let right = match (expected.strip_prefix("error: "), &found) {
            (Some(text), Err(error)) => error.contains(text),
            (None, Ok(found)) => bytes(found) == bytes(&documents(expected)),
            _ => false,
        };
        if !right {
            failures.push(format!("{rule}: {pipeline} is {found:?}, not {expected}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 100, "the table was read: {cases}");
}

/// Bytes, because documents compare without the order of their fields.
fn bytes(documents: &[Document]) -> Vec<Vec<u8>> {
    documents.iter().map(|d| d.to_vec().unwrap()).collect()
}
