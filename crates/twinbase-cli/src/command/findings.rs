//! `--findings`: every finding in a file, one JSON value a line. The report names the first ones of each collection alone.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde::Serialize;
use twinbase::sync::verify::Finding;

/// The file, and why it could not be written.
pub(super) struct Findings {
    file: BufWriter<File>,
    failed: Option<io::Error>,
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
