//! What a migration run has to do, decided from what has been applied.

use refinery_core::{Migration as Refined, Runner, error::Kind};
use twinbase_core::{
    PrimaryError,
    primary::{MigrationSet, PrimaryKind},
};

use super::{own, template};
use crate::fail;

/// A migration whose name begins so cannot be worked with by older programs.
const BREAKING: &str = "breaking_";

/// Number and name of a migration that the history table lists.
pub(crate) type Applied = (u32, String);

pub(crate) struct Plan {
    name: &'static str,
    table: String,
    runner: Runner,
}

/// The plans of a run, in order: Twinbase's own set first.
pub(crate) fn plans(kind: PrimaryKind, sets: &[MigrationSet]) -> Result<Vec<Plan>, PrimaryError> {
    std::iter::once(&own::set())
        .chain(sets)
        .map(|set| Plan::new(kind, set))
        .collect()
}

impl Plan {
    const OPERATION: &'static str = "migrate the database";

    fn new(kind: PrimaryKind, set: &MigrationSet) -> Result<Self, PrimaryError> {
        let in_names = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if set.name.is_empty() || !set.name.chars().all(in_names) {
            return Err(invalid(format!("`{}` is not the name of a set", set.name)));
        }
        let mut migrations = Vec::with_capacity(set.migrations.len());
        for (number, migration) in (1..).zip(&set.migrations) {
            if migration.number != number || !migration.name.chars().all(in_names) {
                return Err(invalid(format!(
                    "migrations of `{}` are numbered from 1 and named in snake_case",
                    set.name
                )));
            }
            let name = format!("V{number}__{}", migration.name);
            let sql = template::render((migration.sql)(kind), kind);
            let refined =
                Refined::unapplied(&name, &sql).map_err(|error| invalid(error.to_string()))?;
            migrations.push(refined);
        }
        let table = format!("{}_migrations", set.name);
        // A newer program may have migrated the database already; whether that
        // is too new for this one is decided by `missing`.
        let mut runner = Runner::new(&migrations).set_abort_missing(false);
        runner.set_migration_table_name(&table);
        Ok(Self {
            name: set.name,
            table,
            runner,
        })
    }

    /// The table that lists what has been applied: `version`, `name`.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    pub(crate) const fn runner(&self) -> &Runner {
        &self.runner
    }

    /// The migrations that are missing, as reports name them. Refuses a database
    /// that a newer, incompatible program has migrated.
    pub(crate) fn missing(&self, applied: &[Applied]) -> Result<Vec<String>, PrimaryError> {
        let known = self.runner.get_migrations().len();
        let newer =
            |(number, name): &&Applied| *number as usize > known && name.starts_with(BREAKING);
        if let Some((number, name)) = applied.iter().find(newer) {
            return Err(PrimaryError::SchemaTooNew {
                migration: self.label(*number, name),
            });
        }
        let last = applied.iter().map(|(number, _)| *number).max();
        Ok((1..)
            .zip(self.runner.get_migrations())
            .filter(|(number, _)| last.is_none_or(|last| *number > last))
            .map(|(number, migration)| self.label(number, migration.name()))
            .collect())
    }

    fn label(&self, number: u32, name: &str) -> String {
        format!("{}/{number}_{name}", self.name)
    }

    /// An error of the runner: `database` tells what the database's own error means.
    pub(crate) fn error(
        error: &refinery_core::Error,
        database: impl FnOnce(&(dyn std::error::Error + 'static)) -> Option<PrimaryError>,
    ) -> PrimaryError {
        let known = match error.kind() {
            Kind::Connection(_, source) => database(source.as_ref()),
            _ => None,
        };
        known.unwrap_or_else(|| {
            fail::refused(
                Self::OPERATION,
                format!(
                    "{error}; restore the database from before, or run the program that migrated it"
                ),
            )
        })
    }
}

fn invalid(reason: String) -> PrimaryError {
    fail::invalid_statement(Plan::OPERATION, reason)
}

#[cfg(test)]
mod tests {
    use twinbase_core::primary::Migration;

    use super::*;

    fn plan(names: &[&'static str]) -> Plan {
        let set = MigrationSet {
            name: "app",
            migrations: (1..)
                .zip(names)
                .map(|(number, name)| Migration {
                    number,
                    name,
                    sql: |_| "select 1",
                })
                .collect(),
        };
        Plan::new(PrimaryKind::Sqlite, &set).unwrap()
    }

    fn applied(names: &[&str]) -> Vec<Applied> {
        (1..)
            .zip(names)
            .map(|(number, name)| (number, (*name).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_not_applied_is_missing_and_a_newer_breaking_migration_is_refused() {
        let three: &[&str] = &["one", "two", "three"];
        for (known, done, expected) in [
            (three, &["one"][..], Ok(&["app/2_two", "app/3_three"][..])),
            (three, three, Ok(&[])),
            (&["one"], &["one", "two"], Ok(&[])),
            (
                &["one"],
                &["one", "two", "breaking_three"],
                Err("app/3_breaking_three"),
            ),
            // A breaking one of our own.
            (&["one", "breaking_two"], &["one", "breaking_two"], Ok(&[])),
        ] {
            match (plan(known).missing(&applied(done)), expected) {
                (Ok(missing), Ok(expected)) => assert_eq!(missing, expected),
                (Err(PrimaryError::SchemaTooNew { migration }), Err(expected)) => {
                    assert_eq!(migration, expected);
                }
                (missing, _) => panic!("{missing:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn twinbase_comes_first() {
        let plans = plans(PrimaryKind::Postgres, &[]).unwrap();
        assert_eq!(plans[0].table(), "twinbase_migrations");
    }
}
