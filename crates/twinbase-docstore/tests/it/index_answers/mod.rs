//! An index never changes an answer: generated documents are written, changed and deleted in a collection with generated indexes
//! and in one without any, and every generated query must find the same in both.
//!
//! `TWINBASE_TEST_SEED` chooses other rounds, `TWINBASE_TEST_ROUNDS` more of them.

mod generate;

use std::collections::BTreeSet;

use bson::{Document, doc};
use twinbase_docstore::{Durability, Error, Find, IndexSpec, Options, Outcome, Put, Store};

use self::generate::Generator;
use crate::support::{Scratch, entries, id_list};

/// Enough that shapes meet, few enough that a difference can be read.
const WRITES: usize = 60;
const QUERIES: usize = 60;

#[test]
fn a_query_finds_the_same_with_and_without_indexes() {
    let number = |name: &str, default| {
        let text = std::env::var(name).ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (seed, rounds) = (
        number("TWINBASE_TEST_SEED", 1_u64),
        number("TWINBASE_TEST_ROUNDS", 60),
    );
    let mut uses = Uses::default();
    for round in seed..seed + rounds {
        check(round, &mut uses);
    }
    // A test that never comes to what it is about says nothing.
    let all = [
        uses.searches,
        uses.walks,
        uses.merges,
        uses.plain,
        uses.collated,
    ];
    println!("{uses:?}");
    assert!(all.iter().all(|count| *count > 0), "{uses:?}");
}

/// How many queries used what.
#[derive(Debug, Default)]
struct Uses {
    /// A table of entries as a set of ids.
    searches: usize,
    /// A table of entries in its order.
    walks: usize,
    /// The values of a list or the terms of an `$or`.
    merges: usize,
    /// An index of SQLite's.
    plain: usize,
    /// The same, under a collation.
    collated: usize,
}

impl Uses {
    fn count(&mut self, plan: &[String]) {
        let has = |found: &dyn Fn(&str) -> bool| usize::from(plan.iter().any(|line| found(line)));
        let walks = has(&|line| {
            line.contains("c1_i") && line.ends_with("PRIMARY KEY") && line.starts_with("SCAN")
        })
        .max(usize::from(
            plan.first()
                .is_some_and(|line| line.starts_with("SEARCH c1_i")),
        ));
        self.walks += walks;
        self.searches += has(&|line| line.starts_with("LIST SUBQUERY"));
        self.merges += has(&|line| line == "UNION ALL");
        self.plain += has(&|line| line.contains("USING INDEX c1_i"));
    }
}

fn fast() -> Options {
    let mut options = Options::default();
    options.durability = Durability::ProcessCrash;
    options
}

fn check(round: u64, uses: &mut Uses) {
    let mut generator = Generator::new(round);
    let store = Scratch::with(fast());
    let collation = generator.collation();
    let specs = generator.indexes(collation.as_ref());
    // In every second round the indexes are built over what is stored.
    let late = round.is_multiple_of(2);
    store
        .ensure_collection("indexed", if late { &[] } else { &specs })
        .unwrap();
    for version in 1..=2 {
        for _ in 0..WRITES / 2 {
            let put = generator.put(version);
            write(&store, &put, late);
        }
    }
    if late && let Err(error) = store.ensure_collection("indexed", &specs) {
        // The documents have parallel arrays for one of them.
        assert!(matches!(error, Error::InvalidIndex { .. }), "{error:?}");
        return;
    }
    for put in (0..WRITES / 2)
        .map(|_| generator.put(3))
        .collect::<Vec<_>>()
    {
        write(&store, &put, false);
    }
    let collated = store.collated(collation.as_ref()).unwrap();
    for _ in 0..QUERIES {
        let query = generator.query(&specs);
        compare(&collated, &query, round);
        let plan = collated.explain("indexed", &query).unwrap();
        uses.count(&plan);
        uses.collated +=
            usize::from(collation.is_some() && plan.join("").contains(" USING INDEX c1_i"));
    }
    assert_entries(&store, &specs);
}

/// What the indexes reject is in neither collection.
fn write(store: &Store, put: &Put, late: bool) {
    let outcome = store
        .apply("indexed", std::slice::from_ref(put))
        .unwrap()
        .remove(0);
    if let Outcome::Rejected { reason, index } = &outcome {
        assert!(!late && index.is_none(), "{reason}");
        return;
    }
    assert_eq!(
        store.apply("plain", std::slice::from_ref(put)).unwrap(),
        [outcome]
    );
}

fn compare(store: &Store, query: &Find, round: u64) {
    let plain = match store.find("plain", query) {
        Ok(found) => found,
        // A sort by two arrays, which an index may happen not to meet.
        Err(Error::Unsupported { .. }) => return,
        Err(error) => panic!("round {round}: {query:?}: {error}"),
    };
    let indexed = match store.find("indexed", query) {
        Ok(found) => found,
        // The same: one document is not sorted, and so not asked for its arrays.
        Err(Error::Unsupported { .. }) if plain.len() < 2 => return,
        Err(error) => panic!("round {round}: {query:?}: {error:?}"),
    };
    let (plain_ids, ids) = (id_list(&plain), id_list(&indexed));
    let same = if query.sort.contains_key("_id") {
        plain_ids == ids
    } else if query.limit.is_none() && query.skip == 0 {
        sorted(&plain_ids) == sorted(&ids) && plain_ids.len() == ids.len()
    } else {
        // Among equals any order is right, so which of them come is open.
        plain_ids.len() == ids.len() && ids.len() == sorted(&ids).len()
    };
    assert!(
        same,
        "round {round}: {query:?}\n plain {plain_ids:?}\n index {ids:?}\n plan {:#?}\n documents {:#?}",
        store.explain("indexed", query).unwrap(),
        store
            .find("plain", &Find::default())
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    );
    let count = store.count("indexed", &query.filter).unwrap();
    assert_eq!(
        count,
        store.count("plain", &query.filter).unwrap(),
        "{query:?}"
    );
}

fn sorted(ids: &[String]) -> BTreeSet<&String> {
    ids.iter().collect()
}

/// The tables of entries are what they are when they are built over the documents as they are now.
fn assert_entries(store: &Store, specs: &[IndexSpec]) {
    let fresh = Scratch::with(fast());
    let documents: Vec<Document> = store.find("indexed", &Find::default()).unwrap();
    crate::support::fill(&fresh, "indexed", &documents);
    fresh.ensure_collection("indexed", specs).unwrap();
    let (held, built) = (entries(store.path()), entries(fresh.path()));
    for (name, rows) in &built {
        assert_eq!(held.get(name), Some(rows), "{name}");
    }
    assert!(held.len() >= built.len());
    assert_eq!(
        store.count("indexed", &doc! {}).unwrap(),
        store.count("plain", &doc! {}).unwrap()
    );
}
