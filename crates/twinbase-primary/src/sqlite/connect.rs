//! Opens connections, and says in one sentence why one cannot be opened.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};
use twinbase_core::PrimaryError;

use super::{Options, error::During};
use crate::fail;

const OPEN: &str = "open the database";

/// Pages in the write-ahead log before a commit moves them into the file. Four
/// times SQLite's default: fewer pauses, and still only 16 MiB.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Prepared statements of each connection: those of Twinbase and of an application with a dozen tables.
const STATEMENTS: usize = 128;

/// The page cache of each connection; negative means KiB. All caches of a process
/// share one allowance, so beside an embedded replica a small one is always taken from.
const CACHE_KIB: i64 = -8 * 1024;

/// The one connection that writes; creates the file.
pub(super) fn writer(path: &Path, options: &Options) -> Result<Connection, PrimaryError> {
    check_place(path)?;
    open_writer(path, options).map_err(|error| match error {
        PrimaryError::Refused { reason, .. } => refused(format!("{}: {reason}", path.display())),
        other => other,
    })
}

fn open_writer(path: &Path, options: &Options) -> Result<Connection, PrimaryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags, options)?;
    // SQLite falls back to reading when it may not write, and says nothing.
    if connection.is_readonly(c"main").during(OPEN)? {
        return Err(refused(
            "the file is read-only; give this user the right to write it",
        ));
    }
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .during(OPEN)?;
    if mode != "wal" {
        return Err(refused(format!(
            "the file cannot have a write-ahead log (its mode is {mode}); put it on a local disk"
        )));
    }
    connection
        // A power cut loses nothing that was acknowledged.
        .pragma_update(None, "synchronous", "full")
        .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES))
        // What is deleted is overwritten, also in pages that are free then.
        .and_then(|()| connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(())))
        .during(OPEN)?;
    Ok(connection)
}

/// For so long emptying the log may hold up writers, while it waits for reads to end.
const EMPTYING: Duration = Duration::from_millis(200);

/// Moves the write-ahead log into the file and empties it: what was deleted is still in its older pages. Returns whether no
/// read was in the way.
pub(super) fn empty_log(path: &Path) -> Result<bool, PrimaryError> {
    const EMPTY: &str = "empty the write-ahead log";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).during(EMPTY)?;
    connection.busy_timeout(EMPTYING).during(EMPTY)?;
    let emptied = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    });
    emptied.during(EMPTY)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path, options: &Options) -> Result<Connection, PrimaryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags, options)?;
    let limited = connection.pragma_update(None, "query_only", true);
    limited.during(OPEN).map(|()| connection)
}

fn open(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection, PrimaryError> {
    let connection = Connection::open_with_flags(path, flags).during(OPEN)?;
    connection
        .busy_timeout(options.busy_timeout)
        .and_then(|()| connection.pragma_update(None, "foreign_keys", true))
        .and_then(|()| connection.pragma_update(None, "cache_size", CACHE_KIB))
        .during(OPEN)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn refused(reason: impl Into<String>) -> PrimaryError {
    fail::refused(OPEN, reason)
}

/// What SQLite would only call "unable to open database file".
fn check_place(path: &Path) -> Result<(), PrimaryError> {
    if path.as_os_str().is_empty() || path.starts_with(":memory:") {
        return Err(refused(
            "a database in memory has one connection only; name a file",
        ));
    }
    if path.is_dir() {
        return Err(refused(format!(
            "{} is a folder; name a file in it",
            path.display()
        )));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(refused(
            format!("the folder {} does not exist; create it", folder.display()),
        )),
        _ => Ok(()),
    }
}
