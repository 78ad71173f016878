//! Opening the file: is it ours, do we know its format, and is it set up for readers that do not wait.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::clock::Clock;
use super::failure;
use super::place::Place;
use crate::options::Durability;
use crate::{Error, Options, catalog, functions};

/// Marks our files in SQLite's header ("Twdo").
const APPLICATION_ID: i64 = 0x5477_646f;
/// The format that this version writes, and the newest that it reads.
const FORMAT: i64 = 2;
const OPERATION: &str = "opening the store";

/// Statements that are kept prepared; the store itself uses about ten, queries the rest.
const PREPARED: usize = 64;

/// The page cache of each connection; negative means KiB.
///
/// As rusqlite builds SQLite, all page caches of a process share one allowance, the sum of their sizes. Where a neighbour (an
/// embedded primary, say) is over its own share and we are under ours, every page that we let go of is dropped at once,
/// and each upsert reads seven pages again: a third of the speed. So a cache is soon full, when it recycles its own pages, and
/// the first reader, idle while much is written, is opened with the store and brings its share along.
const CACHE_KIB: i64 = -8 * 1024;

/// The one connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) place: Place,
}

/// The pause before a file that is being made is opened again.
const AGAIN: Duration = Duration::from_millis(10);

/// Opens or creates the file and returns its writer.
pub(super) fn open(path: &Path, options: &Options) -> Result<Writer, Error> {
    let until = Instant::now() + options.busy_timeout;
    loop {
        match open_once(path, options) {
            // Another process makes the file: SQLite does not wait for a change of the journal's mode.
            Err(Error::Busy { .. }) if Instant::now() < until => thread::sleep(AGAIN),
            opened => return opened,
        }
    }
}

fn open_once(path: &Path, options: &Options) -> Result<Writer, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Nothing sets the clock of the writer.
    let mut connection = connect(path, flags, options.busy_timeout, &Clock::new())?;
    if look(&connection, path)? != State::Ours {
        initialise(&mut connection, path)?;
    }
    configure(&connection, options).map_err(failure(OPERATION))?;
    catalog::renew(&mut connection)?;
    let place = Place::of(path);
    Ok(Writer { connection, place })
}

/// Opens a further connection that cannot write.
pub(super) fn open_reader(
    path: &Path,
    options: &Options,
    clock: &Clock,
) -> Result<Connection, Error> {
    // Opened for writing all the same: a reader takes part in the shared memory of the log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags, options.busy_timeout, clock)?;
    clock.install(&connection).map_err(failure(OPERATION))?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(failure(OPERATION))?;
    connection
        .pragma_update(None, "cache_size", CACHE_KIB)
        .map_err(failure(OPERATION))?;
    Ok(connection)
}

/// For so long emptying the log may hold up writers, while it waits for reads to end.
const EMPTYING: Duration = Duration::from_millis(200);

/// Moves the write-ahead log into the file and empties it: what was deleted is still in its older pages. Returns whether no
/// read was in the way.
pub(super) fn empty_log(path: &Path) -> Result<bool, Error> {
    const OPERATION: &str = "emptying the write-ahead log";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags, EMPTYING, &Clock::new())?;
    connection
        .query_row("pragma wal_checkpoint(truncate)", [], |row| {
            Ok(row.get::<_, i64>(0)? == 0)
        })
        .map_err(failure(OPERATION))
}

fn connect(
    path: &Path,
    flags: OpenFlags,
    busy_timeout: Duration,
    clock: &Clock,
) -> Result<Connection, Error> {
    let open = |source| Error::Open {
        path: path.to_path_buf(),
        source,
    };
    let connection = Connection::open_with_flags(path, flags).map_err(open)?;
    connection.busy_timeout(busy_timeout).map_err(open)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    functions::register(&connection, clock).map_err(open)?;
    Ok(connection)
}

#[derive(PartialEq, Eq)]
enum State {
    Empty,
    /// Ours, in the first format.
    Old,
    Ours,
}

/// Looks at the file without changing it, and as it is at one moment: another process may be making it.
fn look(connection: &Connection, path: &Path) -> Result<State, Error> {
    let snapshot = connection
        .unchecked_transaction()
        .map_err(failure(OPERATION))?;
    check(&snapshot, path)
}

fn check(connection: &Connection, path: &Path) -> Result<State, Error> {
    let not_ours = |reason| Error::NotAStore {
        path: path.to_path_buf(),
        reason,
    };
    let pragma = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => not_ours("the file is not an SQLite database"),
                Some(ErrorCode::CannotOpen) => Error::Open {
                    path: path.to_path_buf(),
                    source: error,
                },
                _ => failure(OPERATION)(error),
            })
    };
    let (application, format) = (pragma("application_id")?, pragma("user_version")?);
    if application == APPLICATION_ID {
        return match format {
            FORMAT => Ok(State::Ours),
            1 => Ok(State::Old),
            found if found > FORMAT => Err(Error::NewerFormat {
                path: path.to_path_buf(),
                found,
                supported: FORMAT,
            }),
            _ => Err(not_ours("its format version is unknown")),
        };
    }
    let objects: i64 = connection
        .query_row("select count(*) from sqlite_schema", [], |row| row.get(0))
        .map_err(failure(OPERATION))?;
    if application != 0 || format != 0 || objects != 0 {
        return Err(not_ours("it is an SQLite database of another application"));
    }
    Ok(State::Empty)
}

/// Makes the file ours, in today's format. Two processes may come here at once: the second one finds the work done.
fn initialise(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failure(OPERATION))?;
    match check(&transaction, path)? {
        State::Ours => {}
        State::Old => catalog::from_version_1(&transaction)?,
        State::Empty => {
            transaction
                .execute_batch(catalog::SCHEMA)
                .map_err(failure(OPERATION))?;
            transaction
                .pragma_update(None, "application_id", APPLICATION_ID)
                .map_err(failure(OPERATION))?;
        }
    }
    transaction
        .pragma_update(None, "user_version", FORMAT)
        .map_err(failure(OPERATION))?;
    transaction.commit().map_err(failure(OPERATION))
}

fn configure(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    let synchronous = match options.durability {
        Durability::Full => "full",
        Durability::ProcessCrash => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // What is deleted is overwritten, also in pages that are free then.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    if let Some(bytes) = options.max_file_bytes {
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}
