//! The fixed statements, one a file.

use twinbase_core::primary::PrimaryKind;

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*

        const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    CHANNEL = "channel";
    CHARGE = "charge";
    COCKROACH_CHARGE = "cockroach/charge";
    COCKROACH_MARK_APPLIED = "cockroach/mark_applied";
    COCKROACH_DELETED = "cockroach/deleted";
    COCKROACH_PENDING = "cockroach/pending";
    FORGET = "forget";
    HEAL = "heal";
    MARK_APPLIED = "mark_applied";
    MARK_READ = "mark_read";
    NOTIFY = "notify";
    PENDING = "pending";
    PENDING_NEWEST = "pending_newest";
    PING = "ping";
    RETIRE = "retire";
    SERVER_VERSION = "server_version";
    STATUS = "status";
    STATUS_BY_TYPE = "status_by_type";
    UNAPPLIED = "unapplied";
}

/// What sessions of PostgreSQL that run these statements are set to: plans are made once, and for any size of the
/// table. Made while few events wait, as nearly always, one that reads the table whole would be
/// kept for the next backlog.
#[doc(hidden)]
pub const OUTBOX_SETTINGS: &str =
    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off";

/// The fixed statements with the names of their files, so that a test can prepare each.
#[doc(hidden)]
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().copied()
}

/// [`PENDING`] in the dialect of a database.
pub(super) const fn pending(kind: PrimaryKind) -> &'static str {
    match kind {
        PrimaryKind::Cockroach => COCKROACH_PENDING,
        PrimaryKind::Postgres | PrimaryKind::Sqlite => PENDING,
    }
}

/// [`MARK_APPLIED`] in the dialect of a database.
pub(super) const fn mark_applied(kind: PrimaryKind) -> &'static str {
    match kind {
        PrimaryKind::Cockroach => COCKROACH_MARK_APPLIED,
        PrimaryKind::Postgres | PrimaryKind::Sqlite => MARK_APPLIED,
    }
}

/// [`CHARGE`] in the dialect of a database.
pub(super) const fn charge(kind: PrimaryKind) -> &'static str {
    match kind {
        PrimaryKind::Cockroach => COCKROACH_CHARGE,
        PrimaryKind::Postgres | PrimaryKind::Sqlite => CHARGE,
    }
}
