//! The table of filters: one line per case: the rule, the filter, the ids that it finds in the documents above it.
//!
//! Each case is asked four times: in SQL, by a stage that is evaluated here (behind another stage), and both on an index of every path.

use bson::{Document, doc};
use twinbase_docstore::{Find, Store};

use crate::support::{Scratch, documents, fill, id_list, index};

#[test]
fn filters_follow_the_manual() {
    let mut stores = Vec::new();
    let (mut failures, mut cases) = (Vec::new(), 0);
    for line in include_str!("tables/filter.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(json) = line.strip_prefix("docs ") {
            stores = [false, true].map(|indexed| store(json, indexed)).into();
            continue;
        }
        let parts: Vec<&str> = line.split(" |").map(str::trim).collect();
        let [rule, json, expected] = parts[..] else {
            panic!("{line:?} has not three parts")
        };
        cases += 1;
        let filter: Document = serde_json::from_str(json).unwrap();
        for store in &stores {
            for found in [by_find(store, &filter), by_stage(store, &filter)] {
                let right = match (expected.strip_prefix("error: "), &found) {
                    (Some(text), Err(error)) => error.contains(text),
                    (None, Ok(found)) => found == expected,
                    _ => false,
                };
                if !right {
                    failures.push(format!("{rule}: {json} finds {found:?}, not {expected:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 120, "the table was read: {cases}");
}

fn store(json: &str, indexed: bool) -> Scratch {
    let store = Scratch::new();
    if indexed {
        let specs = ["a", "v", "s", "t", "b", "a.x"].map(|path| index(path, &[path], false));
        store.ensure_collection("c", &specs).unwrap();
    }
    fill(&store, "c", &documents(json));
    store
}

fn by_find(store: &Store, filter: &Document) -> Result<String, String> {
    let query = Find {
        filter: filter.clone(),
        sort: doc! {"_id": 1},
        ..Find::default()
    };
    let found = store.find("c", &query);
    Ok(id_list(&found.map_err(|error| error.to_string())?).join(" "))
}

fn by_stage(store: &Store, filter: &Document) -> Result<String, String> {
    let pipeline = [
        doc! {"$addFields": {"_id": "$_id"}},
        doc! {"$match": filter.clone()},
        doc! {"$sort": {"_id": 1}},
    ];
    let found = store.aggregate("c", &pipeline);
    Ok(id_list(&found.map_err(|error| error.to_string())?).join(" "))
}
