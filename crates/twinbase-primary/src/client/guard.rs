//! Keeps changes of aggregates on the one path that writes their events.

use super::forget;
use crate::fail;
use twinbase_core::{
    PrimaryError, Registry,
    write::{Target, Write},
};

/// Tables that only Twinbase itself writes.
const OWN_TABLES: [&str; 14] = [
    "Outbox",
    "aggregate_version",
    "aggregate_field",
    "twinbase_mapping",
    "twinbase_schema",
    "twinbase_migrations",
    "twinbase_worker",
    "twinbase_lease",
    "twinbase_pause",
    "twinbase_heartbeat",
    "twinbase_operation",
    "twinbase_collection",
    "twinbase_timeline",
    "twinbase_walk",
];

/// Refuses a change of a table that belongs to an aggregate when it is not made
/// as a change of that aggregate, with the schema that was registered.
pub(super) fn check(registry: &Registry, write: &Write) -> Result<(), PrimaryError> {
    let reason = match &write.target {
        Target::Aggregate(schema) if registry.by_type(&schema.aggregate_type) != Some(schema) => {
            format!(
                "the schema of `{}` is not registered",
                schema.aggregate_type
            )
        }
        Target::Aggregate(_) => return Ok(()),
        Target::Plain(table) if forget::is_ours(table) => return Ok(()),
        Target::Plain(table) => {
            // SQLite takes `Todos` and `todos` for the same table.
            let is = |name: &str| name.eq_ignore_ascii_case(&table.name);
            if let Some(owner) = registry.iter().find(|schema| is(&schema.table.name)) {
                format!(
                    "table `{}` belongs to aggregate `{}`; a change of it needs its event",
                    table.name, owner.aggregate_type
                )
            } else if OWN_TABLES.into_iter().any(is) {
                format!("table `{}` is written by Twinbase alone", table.name)
            } else {
                return Ok(());
            }
        }
    };
    Err(fail::invalid_statement("change a table", reason))
}
