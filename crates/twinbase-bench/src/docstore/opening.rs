//! Opening a file of a million documents, and its first read.

use std::{path::Path, time::Instant};

use anyhow::ensure;
use bson::{DateTime, doc};
use rusqlite::{Connection, OpenFlags};
use twinbase_docstore::{Options, Put, Store};

use super::sides::{self, COLLECTION, batches};
use crate::{
    report::{Bound, Measurement},
    statistics::median,
};

const DOCUMENTS: u64 = 1_000_000;
const ROUNDS: usize = 9;

pub(super) fn measure() -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("docs.db");
    fill(&file)?;
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let store = Store::open(&file, Options::default())?;
        ensure!(store.get(COLLECTION, &sides::id(DOCUMENTS / 2))?.is_some());
        ours.push(began.elapsed().as_secs_f64() * 1e3);
        drop(store);
        let began = Instant::now();
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.query_row(
            "select doc from c1 where _id = ?1",
            [sides::id(DOCUMENTS / 2)],
            |row| row.get::<_, Vec<u8>>(0),
        )?;
        plain.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(vec![Measurement::one(
        "opening a file of a million documents",
        "ms",
        median(&mut ours),
        Some(Bound::AtMost(50.0)),
        format!(
            "with the read of one; SQLite alone {:.2} ms, median of {ROUNDS}",
            median(&mut plain)
        ),
    )])
}

/// Small documents: what is opened is the file, whatever is in it.
fn fill(file: &Path) -> anyhow::Result<()> {
    let store = Store::open(file, Options::default())?;
    for batch in batches(DOCUMENTS) {
        let puts: Vec<Put> = batch
            .map(|n| Put {
                id: sides::id(n),
                version: 1,
                document: Some(doc! { "n": i64::try_from(n).unwrap_or_default() }),
                at: DateTime::from_millis(0),
            })
            .collect();
        sides::apply(&store, &puts)?;
    }
    Ok(())
}
