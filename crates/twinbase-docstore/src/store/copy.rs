//! A copy of the whole store in a new file, while others write.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::{Clock, failure, file};
use crate::{Error, Options};

const OPERATION: &str = "copying the store";

/// Pages at a time: 4 MiB, so that nothing waits long for the disk.
const PAGES: i32 = 1_024;
/// The pause before a file that is locked is tried again.
const AGAIN: Duration = Duration::from_millis(10);

/// Copies the file at `from`, as it is when this begins.
pub(super) fn copy(from: &Path, options: &Options, to: &Path) -> Result<(), Error> {
    let source = file::open_reader(from, options, &Clock::new())?;
    // Pages are read within one snapshot: without it each write of others would have the copy begin again.
    let snapshot = source.unchecked_transaction().map_err(failure(OPERATION))?;
    snapshot
        .query_row("select count(*) from sqlite_schema", [], |_| Ok(()))
        .map_err(failure(OPERATION))?;
    let mut copy = Connection::open(to).map_err(|source| Error::Open {
        path: to.to_path_buf(),
        source,
    })?;
    let backup = Backup::new(&snapshot, &mut copy).map_err(failure(OPERATION))?;
    loop {
        match backup.step(PAGES).map_err(failure(OPERATION))? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => thread::sleep(AGAIN),
        }
    }
}
