//! The table of projections: one line per case: the rule, the filter of a find or the name of a stage, the projection, and the
//! document that comes out. A line that begins with `doc` gives the document that the following cases are asked of.

use bson::{Bson, Document, doc};
use twinbase_docstore::{Find, Store};

use crate::support::{Scratch, fill};

#[test]
fn projections_follow_the_manual() {
    let mut store = Scratch::new();
    let (mut failures, mut cases) = (Vec::new(), 0);
    for line in include_str!("tables/projection.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(json) = line.strip_prefix("doc ") {
            store = Scratch::new();
            fill(&store, "c", &[serde_json::from_str(json).unwrap()]);
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [rule, place, projection, expected] = parts[..] else {
            panic!("{line:?} has not four parts")
        };
        cases += 1;
        let found = project(&store, place, projection);
        let right = match (expected.strip_prefix("error: "), &found) {
            (Some(text), Err(error)) => error.contains(text),
            (None, Ok(found)) => found.to_vec().unwrap() == bytes(expected),
            _ => false,
        };
        if !right {
            failures.push(format!("{rule}: {projection} is {found:?}, not {expected}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 110, "the table was read: {cases}");
}

/// Bytes, because documents compare without the order of their fields, which is a part of what is expected.
fn bytes(json: &str) -> Vec<u8> {
    let document: Document = serde_json::from_str(json).unwrap();
    document.to_vec().unwrap()
}

fn project(store: &Store, place: &str, projection: &str) -> Result<Document, String> {
    let found = if place.starts_with('$') {
        let projection: Bson = serde_json::from_str(projection).unwrap();
        store.aggregate("c", &[doc! { place: projection }])
    } else {
        let query = Find {
            filter: serde_json::from_str(place).unwrap(),
            projection: serde_json::from_str(projection).unwrap(),
            ..Find::default()
        };
        store.find("c", &query)
    };
    let mut found = found.map_err(|error| error.to_string())?;
    found.pop().ok_or_else(|| "nothing was found".to_owned())
}
