//! `repair`: count, ask, have it made anew, report.

use std::{fmt::Write as _, ops::ControlFlow, path::PathBuf, time::Duration};

use clap::Args;
use serde::Deserialize as _;
use serde_json::json;
use twinbase::{
    Twinbase,
    operate::{OperationState, Progress as End},
    sync::{
        repair::{CollectionRepair, RepairOptions, RepairReport},
        verify::VerifyOptions,
    },
};

use super::{
    findings,
    follow::follow,
    scope::{ScopeArguments, describe, wrong},
    verify::{Total, absent, counted, described, sides},
    visit_both, workers,
};
use crate::{
    Host, Stop, program,
    terminal::{
        Exit, Failure, Output, Progress, ask, say, table,
        text::{count, one_line},
    },
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} repair --dry-run
  {program} repair todos
  {program} repair todos 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --yes
  {program} repair --since 2026-01-31T08:00:00Z --rate 500/s --yes
  {program} verify --findings wrong.jsonl; {program} repair --findings wrong.jsonl

What is wrong gets a new version, and a running worker makes its document of the row
as it is then; a document without a row is deleted. Writers go on meanwhile. Each is
compared again at the end. `{program} operations` lists it from its start; when this
process dies, the worker that leads goes on with it. Ctrl-C ends it.

Exit code 3 when --dry-run finds something wrong, 4 when something is wrong or not
confirmed at the end, 1 when nothing has one of the ids.";

/// What to do when nobody can be asked.
const UNASKED: &str = "See what is wrong with --dry-run, then use --yes.";

/// The arguments of `repair`.
#[derive(Debug, Args)]
pub struct Repair {
    #[command(flatten)]
    scope: ScopeArguments,
    /// Only what a verification has found, which `verify --findings` has written into this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["collection", "ids", "after", "until", "since"])]
    findings: Option<PathBuf>,
    /// How many seconds to wait for workers, before the rest is reported as not confirmed.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    /// Only report what is wrong.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Repair,
) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()?;
    let (twin, all) = tokio::select! {
        asked = asked(host, output, arguments) => match asked? {
            ControlFlow::Continue(goes_on) => goes_on,
            ControlFlow::Break(exit) => return Ok(exit),
        },
        () = stop.asked() => return Ok(stop.exit()),
    };
    let repaired = one_after_the_other(&twin, all, &stop).await;
    let no_worker = workers::missing(host, &twin).await;
    twin.close().await;
    match repaired? {
        ControlFlow::Continue(report) => finish(output, &report, false, no_worker.as_deref()),
        ControlFlow::Break(exit) => Ok(exit),
    }
}

/// The reports of all together; or how it has ended, when somebody ended it.
async fn one_after_the_other(
    twin: &Twinbase,
    all: Vec<RepairOptions>,
    stop: &Stop,
) -> Result<ControlFlow<Exit, RepairReport>, Failure> {
    let outbox = twin.outbox().by(&program::person());
    let mut report = RepairReport::default();
    for options in all {
        let operation = outbox.repair(options).await?;
        follow(&operation, COMPARING, stop, None).await;
        match ended(operation.wait().await, stop)? {
            ControlFlow::Continue(of) => report.collections.extend(of.collections),
            ControlFlow::Break(exit) => return Ok(ControlFlow::Break(exit)),
        }
    }
    Ok(ControlFlow::Continue(report))
}

/// What is to be repaired, one after the other; or how it has ended, where nothing is.
async fn asked(
    host: &impl Host,
    output: Output,
    arguments: &Repair,
) -> Result<ControlFlow<Exit, (Twinbase, Vec<RepairOptions>)>, Failure> {
    let twin = visit_both(host).await?;
    let of = arguments.scope.of(&twin)?;
    let scopes = match &arguments.findings {
        Some(file) => findings::read(file, &twin)?,
        None => vec![of.scope],
    };
    if scopes.is_empty() {
        twin.close().await;
        let whole = json!({ "state": "succeeded", "collections": [] });
        let none: [CollectionRepair; 0] = [];
        let said = || "The file names nothing that can be repaired.".to_owned();
        output.data(&whole, &none, said)?;
        return Ok(ControlFlow::Break(Exit::Done));
    }
    let options = |scope| RepairOptions {
        verify: VerifyOptions {
            scope,
            rate: of.rate,
            resume: false,
        },
        dry_run: false,
        wait: Duration::from_secs(arguments.wait),
    };
    let all: Vec<_> = scopes.into_iter().map(options).collect();
    if arguments.dry_run {
        let report = look(&twin, &all).await;
        twin.close().await;
        return finish(output, &report?, true, None).map(ControlFlow::Break);
    }
    if !arguments.yes {
        let found = look(&twin, &all).await?;
        let wrong = found.sum(|of| of.found.drifted());
        if wrong == 0 {
            twin.close().await;
            return finish(output, &found, true, None).map(ControlFlow::Break);
        }
        let what = if wrong == 1 { "document" } else { "documents" };
        let question = format!(
            "Make {} {what} anew from the primary? Those without a row are deleted.",
            count(wrong)
        );
        if !ask(&question, UNASKED).await? {
            say("Nothing was changed.");
            return Ok(ControlFlow::Break(Exit::Done));
        }
    }
    Ok(ControlFlow::Continue((twin, all)))
}

const COMPARING: &str = "comparing rows and documents";

/// The report of an operation that has ended, or why there is none.
fn ended(end: End, stop: &Stop) -> Result<ControlFlow<Exit, RepairReport>, Failure> {
    if end.state == OperationState::Cancelled {
        say(&format!(
            "Ended after {} were compared; what was mended stays so.",
            count(end.done)
        ));
        return Ok(ControlFlow::Break(stop.exit()));
    }
    let report = end.found.map(RepairReport::deserialize);
    let Some(Ok(report)) = report else {
        let reason = end.error.unwrap_or_default();
        return Err(Failure::new(
            format!("the repair ended early: {}", reason.trim_end_matches('.')),
            "What was mended stays so. Correct the cause, then run it again.",
        ));
    };
    Ok(ControlFlow::Continue(report))
}

/// What would be made anew.
async fn look(twin: &Twinbase, all: &[RepairOptions]) -> Result<RepairReport, Failure> {
    let progress = Progress::new(COMPARING, None);
    let total = Total::default();
    let found = async {
        let mut found = RepairReport::default();
        for options in all {
            let dry = RepairOptions {
                dry_run: true,
                ..options.clone()
            };
            let report = twin.repair(&dry, |collection, compared| {
                progress.set(total.with(collection, compared));
            });
            found.collections.extend(report.await?.collections);
        }
        Ok(found)
    };
    let found = found.await;
    progress.finish();
    found
}

/// `no_worker` is how to start one where none runs.
fn finish(
    output: Output,
    report: &RepairReport,
    dry_run: bool,
    no_worker: Option<&str>,
) -> Result<Exit, Failure> {
    let found = report.sum(|of| of.found.drifted());
    let failed = report.collections.iter().any(|of| of.found.error.is_some());
    let is_absent = report
        .collections
        .iter()
        .any(|of| !of.found.absent.is_empty());
    let done = if is_absent { Exit::Error } else { Exit::Done };
    let (exit, state) = match (dry_run, report.is_mended()) {
        (true, _) if found > 0 || failed => (Exit::CheckFailed, "dry run"),
        (true, _) => (done, "dry run"),
        (false, true) => (done, "succeeded"),
        (false, false) => (Exit::PartlyDone, "partly done"),
    };
    let whole = json!({ "state": state, "collections": report.collections });
    output.data(&whole, &report.collections, || {
        text(report, dry_run, no_worker)
    })?;
    Ok(exit)
}

fn text(report: &RepairReport, dry_run: bool, no_worker: Option<&str>) -> String {
    let header = [
        "collection",
        "compared",
        "wrong",
        "mended",
        "not confirmed",
        "not mended",
    ];
    let mut text = table(header, report.collections.iter().map(row));
    for of in &report.collections {
        let name = &of.found.collection;
        text.push_str(&absent(&of.found));
        if dry_run {
            text.push_str(&described(&of.found));
        }
        for left in &of.left {
            let _ = write!(
                text,
                "\n{}. {}.",
                describe(name, &left.finding),
                left.reason
            );
        }
        let more = of.not_mended.saturating_sub(of.left.len() as u64);
        if more > 0 {
            let _ = write!(text, "\n{name}: {more} more.");
        }
        if let Some(error) = &of.found.error {
            let _ = write!(
                text,
                "\n{name} was not compared to its end: {}",
                one_line(error)
            );
        }
    }
    let _ = write!(text, "\n{}", verdict(report, dry_run, no_worker));
    text
}

fn row(of: &CollectionRepair) -> [String; 6] {
    [
        of.found.collection.to_string(),
        of.found.compared().to_string(),
        wrong(&of.found),
        of.mended.to_string(),
        of.unconfirmed.to_string(),
        of.not_mended.to_string(),
    ]
}

fn verdict(report: &RepairReport, dry_run: bool, no_worker: Option<&str>) -> String {
    let found = report.sum(|of| of.found.drifted());
    let failed = report.sum(|of| u64::from(of.found.error.is_some()));
    if found == 0 {
        return sides(&report.collections.iter().map(|of| &of.found));
    }
    if dry_run {
        return format!("{found} would be made anew.");
    }
    if report.is_mended() {
        return format!("All {found} are mended.");
    }
    let mut said = Vec::new();
    let left = report.sum(|of| of.not_mended);
    if left > 0 {
        said.push(format!("{} wrong still.", counted(left, "is", "are")));
    }
    let unconfirmed = report.sum(|of| of.unconfirmed);
    if unconfirmed > 0 {
        let wait = counted(unconfirmed, "waits", "wait");
        said.push(match no_worker {
            Some(remedy) => format!(
                "{wait} for a worker, and none runs. {remedy} Then compare again with `verify`."
            ),
            None => format!(
                "{wait} for a worker, or to be tried again after an error: see `outbox groups` and `health`, then compare again with `verify`."
            ),
        });
    }
    if failed > 0 {
        let collections = counted(failed, "collection", "collections");
        said.push(format!("{collections} could not be compared to the end."));
    }
    said.join(" ")
}
