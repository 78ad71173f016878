//! The reference for every query of the subset is a MongoDB server: generated documents and queries are given to both, and the
//! answers must be the same, in values, types and order of fields.
//!
//! The seed is fixed; `TWINBASE_TEST_SEED` chooses another, `TWINBASE_TEST_ROUNDS` more rounds. Where the server of the tests
//! (mongo-java-server) is known to differ from MongoDB, [`generate`] does not go, and says so.

mod generate;
mod proof;
mod stages;
pub(crate) mod unproven;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::{Client, Collection};
use twinbase_docstore::Store;

use self::generate::Generator;
pub(crate) use crate::contract::Question;
use crate::support::{Scratch, fill, index};

const URL: &str = "TWINBASE_TEST_MONGODB_URL";
const EMBEDDED: &str = "TWINBASE_TEST_EMBEDDED";

/// Documents of a round; few enough that a difference can be read, enough that shapes meet.
const DOCUMENTS: usize = 40;
const QUERIES: usize = 120;

/// The server; `None` when the tests were told to go without.
fn server_url() -> Option<String> {
    let url = std::env::var(URL).ok();
    if url.is_none() {
        assert!(
            std::env::var_os(EMBEDDED).is_some(),
            "{URL} is not set: run this test through `cargo xtask test`, or with {EMBEDDED}=1 to leave it out"
        );
        println!("the comparison with a MongoDB server was left out: it needs a server");
    }
    url
}

#[tokio::test]
async fn the_subset_gives_what_a_mongodb_server_gives() {
    let Some(url) = server_url() else {
        return;
    };
    let number = |name: &str, default| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (seed, rounds) = (
        number("TWINBASE_TEST_SEED", 20),
        number("TWINBASE_TEST_ROUNDS", 12),
    );
    let client = Client::with_uri_str(&url).await.unwrap();
    let database = client.database(&format!("docstore_{}_{seed}", std::process::id()));
    let mut differences = Vec::new();
    for round in seed..seed + rounds {
        let server = database.collection::<Document>(&format!("round{round}"));
        differences.extend(compare(&server, round).await);
    }
    database.drop().await.unwrap();
    assert!(
        differences.is_empty(),
        "{} differences (seed {seed}):\n{}",
        differences.len(),
        differences
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// One round: the same documents on both sides, with indexes on ours in every second round.
async fn compare(server: &Collection<Document>, seed: u64) -> Vec<String> {
    let mut generator = Generator::new(seed, server.name());
    let documents: Vec<Document> = (0..DOCUMENTS).map(|n| generator.document(n)).collect();
    server.insert_many(&documents).await.unwrap();
    let store = Scratch::new();
    let indexed = seed.is_multiple_of(2);
    if indexed {
        let specs = [
            index("a", &["a"], false),
            index("bx", &["b.x", "n"], false),
            index("n", &["n"], false),
        ];
        store.ensure_collection(server.name(), &specs).unwrap();
    }
    fill(&store, server.name(), &documents);

    let mut differences = Vec::new();
    for _ in 0..QUERIES {
        let question = generator.question();
        let (theirs, ours) = (
            ask_server(server, &question).await,
            ask_store(&store, server.name(), &question),
        );
        match (&theirs, &ours) {
            (Ok(theirs), Ok(ours)) if same(&question, indexed, theirs, ours) => {}
            _ => differences.push(report(seed, &question, &documents, &theirs, &ours)),
        }
    }
    differences
}

async fn ask_server(
    server: &Collection<Document>,
    question: &Question,
) -> Result<Vec<Document>, String> {
    let cursor = match question {
        Question::Find(find) => {
            let mut action = server
                .find(find.filter.clone())
                .sort(find.sort.clone())
                .skip(find.skip);
            if let Some(limit) = find.limit {
                action = action.limit(i64::try_from(limit).unwrap());
            }
            if !find.projection.is_empty() {
                action = action.projection(find.projection.clone());
            }
            action.await
        }
        Question::Pipeline(stages) => server.aggregate(stages.clone()).await,
    };
    match cursor {
        Ok(cursor) => cursor
            .try_collect()
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn ask_store(
    store: &Store,
    collection: &str,
    question: &Question,
) -> Result<Vec<Document>, String> {
    match question {
        Question::Find(find) => store.find(collection, find),
        Question::Pipeline(stages) => store.aggregate(collection, stages),
    }
    .map_err(|error| error.to_string())
}

/// Bytes, because NaN differs from itself and `Document` compares without the order of fields.
///
/// mongo-java-server gives projected fields in the order of the projection, MongoDB in that of the document; so for
/// projections the order of fields is not compared here (our own tests do). Which of several equal numbers stands for its
/// group depends on the order in which documents come, and an index changes that: so there it is not compared either.
fn same(question: &Question, indexed: bool, theirs: &[Document], ours: &[Document]) -> bool {
    let (projects, groups) = match question {
        Question::Find(find) => (!find.projection.is_empty(), false),
        Question::Pipeline(stages) => {
            let has = |name| stages.iter().any(|stage| stage.contains_key(name));
            (has("$project"), has("$group"))
        }
    };
    let bytes = |documents: &[Document]| -> Vec<Vec<u8>> {
        let canonical = |d: &Document| {
            if projects || groups {
                sorted(d, groups && indexed)
            } else {
                d.clone()
            }
        };
        documents
            .iter()
            .map(|d| canonical(d).to_vec().unwrap())
            .collect()
    };
    bytes(theirs) == bytes(ours)
}

/// A document with its fields sorted and, if asked for, all numbers as doubles.
fn sorted(document: &Document, doubles: bool) -> Document {
    let mut fields: Vec<(String, Bson)> = document
        .iter()
        .map(|(name, value)| (name.clone(), sorted_value(value, doubles)))
        .collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.into_iter().collect()
}

fn sorted_value(value: &Bson, doubles: bool) -> Bson {
    match value {
        Bson::Document(inner) => Bson::Document(sorted(inner, doubles)),
        Bson::Array(inner) => Bson::Array(
            inner
                .iter()
                .map(|value| sorted_value(value, doubles))
                .collect(),
        ),
        Bson::Int32(n) if doubles => Bson::Double(f64::from(*n)),
        // The generator makes small numbers only.
        Bson::Int64(n) if doubles => Bson::Double(f64::from(i32::try_from(*n).unwrap())),
        other => other.clone(),
    }
}

fn report(
    seed: u64,
    question: &Question,
    documents: &[Document],
    theirs: &Result<Vec<Document>, String>,
    ours: &Result<Vec<Document>, String>,
) -> String {
    let show = |answer: &Result<Vec<Document>, String>| match answer {
        Ok(documents) => documents
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => format!("ERROR {error}"),
    };
    let question = match question {
        Question::Find(f) => {
            format!(
                "find {} sort {} skip {} limit {:?} projection {}",
                f.filter, f.sort, f.skip, f.limit, f.projection
            )
        }
        Question::Pipeline(stages) => doc! { "pipeline": stages.clone() }.to_string(),
    };
    let (theirs_text, ours_text) = (show(theirs), show(ours));
    let only = |answer: &Result<Vec<Document>, String>, other: &str| {
        let only: Vec<String> = answer
            .iter()
            .flatten()
            .map(ToString::to_string)
            .filter(|d| !other.contains(d.as_str()))
            .take(3)
            .collect();
        only.join(" ")
    };
    let ids = |answer: &Result<Vec<Document>, String>| {
        answer
            .iter()
            .flatten()
            .filter_map(|d| d.get_str("_id").ok())
            .collect::<Vec<_>>()
            .join(",")
    };
    let errors = [theirs, ours].map(|answer| answer.as_ref().err().cloned().unwrap_or_default());
    format!(
        "round {seed}: {question}\n  only theirs: {}\n  only ours: {}\n  order: {} / {}\n  errors: {errors:?} ({} documents)",
        only(theirs, &ours_text),
        only(ours, &theirs_text),
        ids(theirs),
        ids(ours),
        documents.len(),
    )
}
