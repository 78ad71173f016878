//! How fast the guarded upsert is, against plain SQLite doing the same upsert of the same documents in the same batches, and what
//! indexes cost. The plain side has none: its rows are a key, a version and bytes.
//!
//! `cargo run --release -p twinbase-docstore --example upsert_ratio`. The plain side binds bytes that were encoded before
//! the clock started; our side starts from documents. Rounds of both sides take turns, and the median round counts.

use std::time::Instant;

use bson::{DateTime, Document, doc};
use rusqlite::{Connection, TransactionBehavior, params};
use twinbase_docstore::{Direction, Durability, IndexSpec, Options, Outcome, Put, Store};

const BATCH: usize = 1_000;
const BATCHES: usize = 20;
const ROUNDS: i64 = 9;

fn todo(n: usize, version: i64) -> Document {
    doc! {
        "_id": format!("01890a5d-ac96-774b-bcce-{:012x}", n.wrapping_mul(2_654_435_761) % 0xffff_ffff),
        "userId": format!("01890a5d-ac96-774b-bcce-{:012x}", n % 50),
        "title": format!("Read chapter {n} and write a summary"),
        "description": "Two pages at least, with the definitions and one example for each of them.",
        "completed": n.is_multiple_of(3),
        "priority": "medium",
        "tags": ["study", "reading", format!("term{}", n % 20)],
        // Another one in each version, as the keys of an index that are written again are.
        "points": i32::try_from(n % 7).unwrap_or_default() + i32::try_from(version).unwrap_or_default(),
        "createdAt": DateTime::from_millis(1_700_000_000_000),
        "updatedAt": DateTime::from_millis(1_700_000_000_000 + version),
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn plain(
    connection: &mut Connection,
    batches: &[Vec<(String, i64, Vec<u8>)>],
) -> Result<f64, Box<dyn std::error::Error>> {
    let start = Instant::now();
    for batch in batches {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut statement = transaction.prepare_cached(
                "insert into t (_id, v, doc) values (?, ?, ?)
                 on conflict (_id) do update set v = excluded.v, doc = excluded.doc where excluded.v > t.v",
            )?;
            for (id, version, bytes) in batch {
                assert_eq!(statement.execute(params![id, version, bytes])?, 1);
            }
        }
        transaction.commit()?;
    }
    Ok(rate(start))
}

fn ours(store: &Store, batches: &[Vec<Put>]) -> Result<f64, Box<dyn std::error::Error>> {
    let start = Instant::now();
    for batch in batches {
        assert!(
            store
                .apply("todos", batch)?
                .iter()
                .all(|outcome| *outcome == Outcome::Applied)
        );
    }
    Ok(rate(start))
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
fn rate(start: Instant) -> f64 {
    (BATCH * BATCHES) as f64 / start.elapsed().as_secs_f64()
}

fn index(paths: &[&str]) -> IndexSpec {
    IndexSpec {
        name: paths.join("_"),
        keys: paths
            .iter()
            .map(|path| ((*path).to_owned(), Direction::Ascending))
            .collect(),
        ..IndexSpec::default()
    }
}

fn compare(
    durability: Durability,
    synchronous: &str,
    name: &str,
    indexes: &[IndexSpec],
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut options = Options::default();
    options.durability = durability;
    let store = Store::open(folder.path().join("ours.db"), options)?;
    store.ensure_collection("todos", indexes)?;
    let mut connection = Connection::open(folder.path().join("plain.db"))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.execute_batch("create table t (_id text primary key, v int, doc blob)")?;

    let (mut plain_rates, mut our_rates) = (Vec::new(), Vec::new());
    for version in 1..=ROUNDS {
        let puts: Vec<Vec<Put>> = (0..BATCHES)
            .map(|b| {
                let put = |n| {
                    let document = todo(n, version);
                    let id = document.get_str("_id").unwrap_or_default().to_owned();
                    Put {
                        id,
                        version,
                        document: Some(document),
                        at: DateTime::from_millis(version),
                    }
                };
                (b * BATCH..(b + 1) * BATCH).map(put).collect()
            })
            .collect();
        let mut encoded = Vec::with_capacity(BATCHES);
        for batch in &puts {
            let mut rows = Vec::with_capacity(BATCH);
            for put in batch {
                rows.push((
                    put.id.clone(),
                    put.version,
                    put.document.as_ref().ok_or("a document")?.to_vec()?,
                ));
            }
            encoded.push(rows);
        }
        // The first side of a round warms the caches of the other, so they take turns in being first.
        if version & 1 == 0 {
            plain_rates.push(plain(&mut connection, &encoded)?);
            our_rates.push(ours(&store, &puts)?);
        } else {
            our_rates.push(ours(&store, &puts)?);
            plain_rates.push(plain(&mut connection, &encoded)?);
        }
    }
    let (ours, plain) = (median(our_rates), median(plain_rates));
    println!(
        "synchronous={synchronous}, {name}: docstore {ours:.0} docs/s, plain SQLite {plain:.0} docs/s, ratio {:.2}",
        ours / plain
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let partial = IndexSpec {
        partial: Some(doc! { "completed": true }),
        ..index(&["userId", "points"])
    };
    let indexes = [
        ("no index", vec![]),
        ("one index", vec![index(&["userId"])]),
        ("one index whose keys change", vec![index(&["points"])]),
        ("two indexes", vec![index(&["userId"]), index(&["points"])]),
        ("one partial index", vec![partial]),
        ("one multikey index", vec![index(&["tags"])]),
        (
            "one multikey index whose keys change",
            vec![index(&["tags", "points"])],
        ),
    ];
    for (name, indexes) in &indexes {
        compare(Durability::Full, "full", name, indexes)?;
    }
    compare(Durability::ProcessCrash, "normal", "no index", &[])
}
