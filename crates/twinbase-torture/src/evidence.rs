//! What must be true when everything has drained, and what speaks against it.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use anyhow::{Context as _, ensure};
use twinbase::{core::primary::Phase, operate::Verb, prelude::*};

use crate::{
    app::{Counter, Note},
    fleet::SOON,
};

/// What was found, in numbers.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) acknowledged: u64,
    pub(crate) applied: i64,
    /// Events that were set aside because chance killed their workers, and applied when they were tried again.
    pub(crate) set_aside: i64,
}

/// In so many kills, chance may once kill three workers in a row that question the same event.
const KILLS_OF_AN_INNOCENT: u64 = 50;

/// The heads, by type and id.
type Heads = HashMap<(String, String), i64>;

/// Waits until nothing is pending.
pub(crate) async fn drained(twin: &Twinbase) -> anyhow::Result<()> {
    let primary = &twin.sides().primary;
    let outcome = twinbase_testkit::wait::within(SOON, async || match primary.status().await {
        Ok(status) if status.backlog == 0 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let drained = outcome.await.map_err(anyhow::Error::msg);
    drained.context("it does not drain")
}

/// Checks everything after so many kills: nothing acknowledged is lost, each change has its event, both sides agree.
pub(crate) async fn check(twin: &Twinbase, folder: &Path, kills: u64) -> anyhow::Result<Found> {
    let set_aside = number(twin, SET_ASIDE).await?;
    let allowed = i64::try_from(kills.div_ceil(KILLS_OF_AN_INNOCENT))?;
    ensure!(
        set_aside <= allowed,
        "{set_aside} events were set aside over {kills} kills"
    );
    if set_aside > 0 {
        retry_set_aside(twin).await?;
    }
    for (what, sql) in [
        ("events that are not applied", NOT_APPLIED),
        ("events that were charged", CHARGED),
        ("heads without exactly their events", EVENTS_MISSING),
        ("events without a head", HEADS_MISSING),
    ] {
        let count = number(twin, sql).await?;
        ensure!(count == 0, "{count} {what}");
    }
    let heads = heads(twin).await?;
    let acknowledged = acknowledged(folder, &heads)?;
    nothing_ahead::<Counter>(twin, &heads).await?;
    nothing_ahead::<Note>(twin, &heads).await?;
    let report = twin.verify(|_, _| {}).await?;
    ensure!(report.is_clean(), "both sides differ: {report:#?}");
    Ok(Found {
        acknowledged,
        applied: number(twin, APPLIED).await?,
        set_aside,
    })
}

/// Waits until every rebuild is where it stays. Returns how many physical collections were begun.
pub(crate) async fn rebuilds_end(twin: &Twinbase) -> anyhow::Result<i64> {
    for status in twin.rebuilds().list().await? {
        if status.paused {
            twin.rebuilds().resume(&status.collection).await?;
        }
    }
    let ended = twinbase_testkit::wait::within(SOON, async || {
        let all = twin.rebuilds().list().await;
        let all = all.map_err(|error| error.to_string())?;
        let mut phases = all.iter().map(|status| status.phase);
        if phases.all(|phase| matches!(phase, Phase::Kept | Phase::Ended)) {
            return Ok(());
        }
        Err(format!("{all:?}"))
    });
    let ended = ended.await.map_err(anyhow::Error::msg);
    ended.context("a rebuild does not end")?;
    drained(twin).await?;
    number(
        twin,
        "select cast(sum(last_generation - 1) as bigint) as n from twinbase_collection",
    )
    .await
}

/// Takes readers back to the collection that is kept of the counters, which must be as good; notes are changed behind everybody's
/// back, and a kept collection keeps what they were. Returns how many.
pub(crate) async fn taken_back(twin: &Twinbase) -> anyhow::Result<u32> {
    let mut count = 0;
    for status in twin.rebuilds().list().await? {
        if status.phase == Phase::Kept && status.collection == Counter::schema().collection {
            twin.rebuilds().roll_back(&status.collection).await?;
            count += 1;
        }
    }
    let report = twin.verify(|_, _| {}).await?;
    ensure!(report.is_clean(), "a kept collection differs: {report:#?}");
    Ok(count)
}

/// Does what an operator does with them.
async fn retry_set_aside(twin: &Twinbase) -> anyhow::Result<()> {
    let crashed = EventFilter {
        error_key: Some("crash".to_owned()),
        ..EventFilter::default()
    };
    let outbox = twin.outbox();
    let operation = outbox.start(Verb::Retry, &crashed, None).await?;
    operation.wait().await;
    twin.drain(WorkerOptions::default()).await?;
    Ok(())
}

/// The engine files under this key what several workers died of.
const SET_ASIDE: &str = r#"select count(*) from "Outbox" where error_key = 'crash'"#;
const NOT_APPLIED: &str = r#"select count(*) from "Outbox" where processed = false"#;
const CHARGED: &str = r#"select count(*) from "Outbox"
    where retry_count > 0 and (error_key is null or error_key <> 'crash')"#;
const APPLIED: &str = r#"select count(*) from "Outbox" where processed = true"#;

/// A head at version n has n events, one of each version from 1 to n. Grouped first, because no index leads to events
/// that are done.
const EVENTS_MISSING: &str = r#"
    select count(*) from aggregate_version head left join (
        select aggregate_type, aggregate_id, count(*) as events, count(distinct version) as versions,
            min(version) as oldest, max(version) as newest
        from "Outbox" group by aggregate_type, aggregate_id
    ) event on event.aggregate_type = head.aggregate_type and event.aggregate_id = head.aggregate_id
    where head.aggregate_type in ('counter', 'note')
        and (event.events is null or event.events <> head.version or event.versions <> head.version
            or event.oldest <> 1 or event.newest <> head.version)"#;

const HEADS_MISSING: &str = r#"
    select count(*) from (
        select distinct aggregate_type, aggregate_id from "Outbox"
        where aggregate_type in ('counter', 'note')
    ) event left join aggregate_version head
        on head.aggregate_type = event.aggregate_type and head.aggregate_id = event.aggregate_id
    where head.version is null"#;

pub(crate) async fn number(twin: &Twinbase, sql: &str) -> anyhow::Result<i64> {
    let rows = twin.query(sql, &[]).await?;
    match rows.first().map(Row::values) {
        Some([Value::Int(number)]) => Ok(*number),
        other => anyhow::bail!("{sql} answered {other:?}"),
    }
}

async fn heads(twin: &Twinbase) -> anyhow::Result<Heads> {
    let sql = "select aggregate_type, aggregate_id, version from aggregate_version";
    let mut heads = Heads::new();
    for row in twin.query(sql, &[]).await? {
        let key = (row.get("aggregate_type")?, row.get("aggregate_id")?);
        heads.insert(key, row.get("version")?);
    }
    Ok(heads)
}

/// Every write that a writer was told to be committed is there, at that version or above, and no two were told the same
/// version: of these one would be lost.
fn acknowledged(folder: &Path, heads: &Heads) -> anyhow::Result<u64> {
    let mut told = HashSet::new();
    for file in std::fs::read_dir(folder).context("list what writers noted")? {
        let path = file?.path();
        let is_writer = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("writer-"));
        if !is_writer {
            continue;
        }
        for line in std::fs::read_to_string(&path)?.lines() {
            let [kind, id, version] = line.split(' ').collect::<Vec<_>>()[..] else {
                anyhow::bail!("{} has the line {line:?}", path.display());
            };
            let head = heads.get(&(kind.to_owned(), id.to_owned())).copied();
            let version: i64 = version.parse().context("read a version")?;
            ensure!(
                head >= Some(version),
                "{line} was acknowledged, and its head is {head:?}"
            );
            ensure!(
                told.insert(line.to_owned()),
                "{line} was acknowledged twice"
            );
        }
    }
    Ok(told.len() as u64)
}

/// No document or tombstone is of a change that was not committed.
async fn nothing_ahead<A: Aggregate>(twin: &Twinbase, heads: &Heads) -> anyhow::Result<()> {
    let mut after: Option<String> = None;
    let mut schema = A::schema().as_ref().clone();
    let rebuilt = twin.rebuilds().of(&schema.collection).await?;
    schema.physical = rebuilt.map(|status| status.serving.into());
    loop {
        let replica = &twin.sides().replica;
        let page = replica.scan(&schema, after.as_deref(), 1_000).await?;
        for stored in &page.found {
            let key = (
                A::schema().aggregate_type.to_string(),
                stored.id.to_string(),
            );
            let head = heads.get(&key).copied();
            ensure!(
                head >= Some(stored.version.get()),
                "{stored:?} is ahead of {head:?}"
            );
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
