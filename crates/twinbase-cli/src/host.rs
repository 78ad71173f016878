//! What the operator's commands need of the program that has them.

use twinbase::{Twinbase, core::primary::PrimaryKind};

use crate::{Checked, Databases, Unopened, program, terminal::Failure};

/// A program that has the operator's commands.
pub trait Host {
    /// Both databases, as they are configured.
    fn databases(&self) -> &Databases;

    /// What starts a worker, as one sentence.
    fn worker_remedy(&self) -> String;

    /// The backlog from which on there is an alert.
    fn backlog_cap(&self) -> u64;

    /// Opens both databases as they are: nothing is made.
    fn visit(&self) -> impl Future<Output = Result<Twinbase, Unopened>>;

    /// Opens both databases to migrate them, and makes what holds them when it is missing.
    fn create(&self) -> impl Future<Output = Result<Twinbase, Failure>>;

    /// Checks what the application keeps and could compute, such as sums, after both sides were compared.
    fn check(&self, twin: &Twinbase) -> impl Future<Output = Result<Vec<Checked>, Failure>> {
        let _ = twin;
        async { Ok(Vec::new()) }
    }
}

/// Refuses to go on when migrations are missing, or tables are not what the schemas say.
pub async fn require_migrated(twin: &Twinbase) -> Result<(), Failure> {
    let pending = twin.pending_migrations().await?.migrations;
    if pending.is_empty() {
        // They were compared when it was opened; again only for the reason.
        if twin.tables_fit() {
            return Ok(());
        }
        let checked = twin.check_tables().await;
        return checked.map_err(|error| Failure::of(&error, error.remedy()));
    }
    // Tables of ours that are there without the rows that every migration leaves.
    let recorded = twin.sides().primary.recorded().await;
    let has_no_history = pending.iter().any(|name| name.starts_with("twinbase/1_"));
    if recorded.is_ok_and(|of| has_no_history || of.is_emptied()) {
        return Err(Failure::new(
            "the primary's tables are there without their rows: a dump is being put back, or it was emptied",
            format!(
                "Put the dump back whole, rows of all tables, then run `{name} recover`. To begin anew in it, run `{name} migrate` and start the program again.",
                name = program::name()
            ),
        ));
    }
    let lacks = format!(
        "the primary lacks {} migrations of this version",
        pending.len()
    );
    let migrate = format!("Run `{} migrate` first.", program::name());
    Err(match searched(twin).await {
        Some((searched, None)) => Failure::new(format!("{lacks} in {searched}"), migrate),
        Some((searched, Some(found))) => Failure::new(
            format!("{lacks} in {searched}, and Twinbase's tables are in the schema `{found}`"),
            format!(
                "Name `schema={found}` in the primary's URL, or correct its user's search_path or its right to use the schema."
            ),
        ),
        None => Failure::new(lacks, migrate),
    })
}

/// In which schemas our tables were looked for, and another one that has them when those do not; of a server alone.
async fn searched(twin: &Twinbase) -> Option<(String, Option<String>)> {
    let primary = &twin.sides().primary;
    if primary.kind() == PrimaryKind::Sqlite {
        return None;
    }
    let rows = primary.query(SEARCHED, &[]).await.ok()?;
    let row = rows.first()?;
    Some((row.get("searched").ok()?, row.get("found").ok()?))
}

const SEARCHED: &str = "select \
    coalesce((select 'the schema ' || string_agg('`' || s.name || '`', ', ') from unnest(current_schemas(false)) as s (name)), \
        'no schema, because the search_path has none that is there') as searched, \
    (select min(n.nspname::text) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
        where c.relname = 'twinbase_timeline' and c.relkind = 'r' and to_regclass('twinbase_timeline') is null) as found";
