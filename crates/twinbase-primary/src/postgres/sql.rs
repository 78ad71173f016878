//! The fixed statements, one a file. What differs between dialects, or between two forms of one statement,
//! is a section of its file.

use std::sync::LazyLock;

use twinbase_core::primary::PrimaryKind;

use crate::migrate::sections;

macro_rules! statements {
    ($($section:literal: $($name:ident = $label:literal in $file:literal),*;)*) => {
        $($(pub(super) static $name: LazyLock<String> = LazyLock::new(|| {
            sections(include_str!(concat!("sql/", $file, ".sql")), $section)
        });)*)*

        /// The fixed statements with their names, so that a test can prepare each.
        #[doc(hidden)]
        pub fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
            [$($(($label, $name.as_str())),*),*].into_iter()
        }
    };
}

// By the section of the files that each is made of.
statements! {
    "postgres":
        CHANNEL = "channel" in "channel",
        CHARGE = "charge" in "charge",
        ELSEWHERE = "elsewhere" in "elsewhere",
        FORGET = "forget" in "forget",
        HEAL = "heal" in "heal",
        IDENTITY = "identity" in "identity",
        MARK_APPLIED = "mark_applied" in "mark_applied",
        NOTIFY = "notify" in "notify",
        PENDING = "pending" in "pending",
        PING = "ping" in "ping",
        RAISE = "raise" in "raise",
        RETIRE = "retire" in "retire",
        SERVER_VERSION = "server_version" in "server_version",
        STATUS = "status" in "status",
        STATUS_BY_TYPE = "status_by_type" in "status_by_type",
        UNAPPLIED = "unapplied" in "unapplied",
        WHOLE = "whole" in "whole";
    "newest": PENDING_NEWEST = "pending_newest" in "pending";
    "read": MARK_READ = "mark_read" in "mark_applied";
    "cockroach":
        COCKROACH_CHARGE = "cockroach/charge" in "charge",
        COCKROACH_IDENTITY = "cockroach/identity" in "cockroach/identity",
        COCKROACH_DELETED = "cockroach/deleted" in "cockroach/deleted",
        COCKROACH_MARK_APPLIED = "cockroach/mark_applied" in "mark_applied",
        COCKROACH_PENDING = "cockroach/pending" in "pending",
        COCKROACH_RAISE = "cockroach/raise" in "raise";
}

/// What sessions of PostgreSQL that run these statements are set to: plans are made once, and for any size of the
/// table. Made while few events wait, as nearly always, one that reads the table whole would be
/// kept for the next backlog.
#[doc(hidden)]
pub const OUTBOX_SETTINGS: &str =
    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off";

/// One statement in the dialect of a database.
pub(super) fn of(
    kind: PrimaryKind,
    postgres: &'static LazyLock<String>,
    cockroach: &'static LazyLock<String>,
) -> &'static str {
    match kind {
        PrimaryKind::Cockroach => cockroach,
        PrimaryKind::Postgres | PrimaryKind::Sqlite => postgres,
    }
}
