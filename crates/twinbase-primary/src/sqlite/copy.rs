//! A copy of the whole database in a new file, while others write: SQLite's part of a backup. What a backup of both
//! sides needs is written down at `Twinbase::backup`.

use std::{path::Path, thread, time::Duration};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use twinbase_core::PrimaryError;

use super::{Options, connect, error::During};

const COPY: &str = "copy the database";

/// Pages at a time: 4 MiB, so that nothing waits long for the disk.
const PAGES: i32 = 1_024;
/// The pause before a file that is locked is tried again.
const AGAIN: Duration = Duration::from_millis(10);

/// In the copy, events from this number on are pending again. One that was discarded stays discarded.
const UNMARK: &str = "update \"Outbox\" set processed = false, processed_at = null \
                      where seq >= ?1 and processed = true and discarded_at is null";

/// Copies the file at `from`, as it is when this begins.
pub(super) fn copy(
    from: &Path,
    options: &Options,
    to: &Path,
    pending_from: i64,
) -> Result<(), PrimaryError> {
    let source = connect::reader(from, options)?;
    // Pages are read within one snapshot: without it each write of others would have the copy begin again.
    let snapshot = source.unchecked_transaction().during(COPY)?;
    snapshot
        .query_row("select count(*) from sqlite_schema", [], |_| Ok(()))
        .during(COPY)?;
    let mut copy = Connection::open(to).during(COPY)?;
    pages(&snapshot, &mut copy)?;
    copy.execute(UNMARK, [pending_from]).during(COPY)?;
    // The log of the copy goes into its file.
    copy.close().map_err(|(_, error)| error).during(COPY)
}

fn pages(from: &Connection, to: &mut Connection) -> Result<(), PrimaryError> {
    let backup = Backup::new(from, to).during(COPY)?;
    loop {
        match backup.step(PAGES).during(COPY)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => thread::sleep(AGAIN),
        }
    }
}
