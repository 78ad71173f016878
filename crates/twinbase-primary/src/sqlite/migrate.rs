//! Runs migrations in a write.
//!
//! All of them are one savepoint, so another process that migrates at the same time waits, and
//! a failed one leaves nothing behind: tables that are made do not count as changes.

use refinery_core::{
    Migrate, Migration as Refined,
    traits::sync::{Query, Transaction},
};
use rusqlite::{Connection, Error, Row};
use twinbase_core::{
    PrimaryError,
    primary::{MigrationReport, MigrationSet, PrimaryKind},
};

use super::{
    add_column, adopt,
    error::{During, translate},
};
use crate::migrate::{Applied, Plan, plans};

const MIGRATE: &str = "migrate the database";

/// Applies what is missing.
pub(super) fn run(
    connection: &Connection,
    sets: &[MigrationSet],
) -> Result<MigrationReport, PrimaryError> {
    connection
        .execute_batch("savepoint migrations")
        .during(MIGRATE)?;
    let result = apply(connection, sets);
    let end = match result {
        Ok(_) => "release migrations",
        Err(_) => "rollback to migrations; release migrations",
    };
    let ended = connection.execute_batch(end).during(MIGRATE);
    result.and_then(|report| ended.map(|()| report))
}

/// What [`run`] would apply.
pub(super) fn pending(
    connection: &Connection,
    sets: &[MigrationSet],
) -> Result<MigrationReport, PrimaryError> {
    let mut report = MigrationReport::default();
    for plan in plans(PrimaryKind::Sqlite, sets)? {
        let applied = applied(connection, &plan).during(MIGRATE)?;
        report.migrations.extend(plan.missing(&applied)?);
    }
    Ok(report)
}

fn apply(connection: &Connection, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
    // All sets are checked before the first is touched.
    let report = pending(connection, sets)?;
    let adopts = adopt::put_aside(connection)?;
    for plan in plans(PrimaryKind::Sqlite, sets)? {
        plan.runner()
            .run(&mut Joined(connection))
            .map_err(|error| Plan::error(&error, known))?;
    }
    if adopts {
        adopt::take_over(connection)?;
    }
    Ok(report)
}

/// What an error of SQLite means, found in the runner's own.
fn known(error: &(dyn std::error::Error + 'static)) -> Option<PrimaryError> {
    let error = error.downcast_ref::<Error>()?;
    Some(translate(MIGRATE, error))
}

/// What a database's history lists of a set; nothing when there is none yet.
fn applied(connection: &Connection, plan: &Plan) -> Result<Vec<Applied>, Error> {
    // Asked in SQL: SQLite's own function looks at what the connection remembers.
    let exists = "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1)";
    if !connection.query_row(exists, [plan.table()], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    let sql = format!("select version, name from \"{}\"", plan.table());
    let mut statement = connection.prepare(&sql)?;
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The connection as refinery's runner sees it: without transactions of its
/// own, because all of the run is one already.
struct Joined<'a>(&'a Connection);

impl Transaction for Joined<'_> {
    type Error = Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Error> {
        let mut count = 0;
        for query in queries {
            self.0.execute_batch(&add_column::resolve(self.0, query)?)?;
            count += 1;
        }
        Ok(count)
    }
}

impl Query<Vec<Refined>> for Joined<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Refined>, Error> {
        let mut statement = self.0.prepare(query)?;
        let row = |row: &Row<'_>| {
            let version = row.get(0)?;
            let checksum = row.get::<_, String>(3)?.parse();
            let checksum =
                checksum.map_err(|_| Error::IntegralValueOutOfRange(3, i64::from(version)))?;
            refined(version, row.get(1)?, checksum)
        };
        statement.query_map([], row)?.collect()
    }
}

/// When it was applied is not checked, and its type is not ours to name: any
/// time will do.
fn refined(version: i32, name: String, checksum: u64) -> Result<Refined, Error> {
    let mut any = Refined::unapplied("V1__any", "").map_err(|_| Error::InvalidQuery)?;
    any.set_applied();
    let at = any.applied_on().copied().ok_or(Error::InvalidQuery)?;
    Ok(Refined::applied(version, name, at, checksum))
}

impl Migrate for Joined<'_> {}
