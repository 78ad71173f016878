//! `--findings`: every finding in a file, one JSON value a line. `verify` writes it, where its report names the first ones of each
//! collection alone; `repair` reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use twinbase::{
    Twinbase,
    core::AggregateId,
    sync::verify::{Finding, Scope},
};

use super::scope::no_collection;
use crate::terminal::{Failure, say, text::count};

/// The most ids that one repair is asked for: its request is a row of the primary. Of a collection with more, all is compared.
const MOST_IDS: usize = 10_000;

/// The file, and why it could not be written.
pub(super) struct Findings {
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

#[derive(Deserialize)]
struct Read {
    collection: String,
    #[serde(flatten)]
    finding: Finding,
}

#[derive(Serialize)]
struct Line<'a> {
    collection: &'a str,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl Findings {
    pub(super) fn create(file: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(File::create(file)?),
            failed: None,
        })
    }

    /// Writes a line. The comparison goes on when that is not possible.
    pub(super) fn add(&mut self, collection: &str, finding: &Finding) {
        if self.failed.is_none() {
            let line = Line {
                collection,
                finding,
            };
            let written = serde_json::to_writer(&mut self.file, &line);
            let written = written.map_err(io::Error::from);
            self.failed = written.and_then(|()| self.file.write_all(b"\n")).err();
        }
    }

    /// Whether all of them are in the file.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.failed.map_or_else(|| self.file.flush(), Err)
    }
}

/// What is to be compared again of what a file names, by collection: all of it where there are more than [`MOST_IDS`]. An id that no row can have is only counted: nothing looks it up.
pub(super) fn read(file: &Path, twin: &Twinbase) -> Result<Vec<Scope>, Failure> {
    let unread = |error: io::Error| {
        let what = format!("the findings cannot be read from {}", file.display());
        let remedy = "Name a file that `verify --findings` has written.";
        Failure::new(what, remedy).because(error).of_usage()
    };
    let lines = BufReader::new(File::open(file).map_err(unread)?).lines();
    let (mut found, mut without) = (BTreeMap::new(), 0);
    for (number, line) in (1..).zip(lines) {
        let line = line.map_err(unread)?;
        let read: Read = serde_json::from_str(&line).map_err(|error| {
            unread(io::Error::other(format!(
                "line {number} is no finding: {error}"
            )))
        })?;
        if twin.registry().by_collection(&read.collection).is_none() {
            return Err(no_collection(twin, &read.collection));
        }
        match AggregateId::new(read.finding.id.as_str()) {
            Ok(id) if !read.finding.is_foreign() => {
                let ids = found.entry(read.collection);
                let ids: &mut Option<BTreeSet<_>> = ids.or_insert_with(|| Some(BTreeSet::new()));
                *ids = ids.take().filter(|ids| ids.len() < MOST_IDS);
                if let Some(ids) = ids {
                    ids.insert(id);
                }
            }
            _ => without += 1,
        }
    }
    if without > 0 {
        say(&format!(
            "{} are left out: their ids are of no row, and `verify` alone names them.",
            count(without)
        ));
    }
    let scopes = found.into_iter().map(|(collection, ids)| Scope {
        collections: vec![collection],
        ids: ids.into_iter().flatten().collect(),
        ..Scope::default()
    });
    Ok(scopes.collect())
}
