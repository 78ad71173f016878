//! `verify`: every row against its document.

mod page;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use clap::Args;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use twinbase::{
    core::AggregateId,
    sync::verify::{CollectionReport, Finding, Scope, VerifyOptions, VerifyReport},
};

use super::{
    findings::Findings,
    scope::{ScopeArguments, describe, wrong},
    visit_both, workers,
};
use crate::{
    Checked, Host,
    terminal::{Exit, Failure, Output, Progress, table, text::one_line},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} verify
  {program} verify todos --rate 2000/s
  {program} verify todos 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
  {program} verify --resume
  {program} verify --since 2026-01-31T08:00:00Z
  {program} verify --json | jq '.collections[] | {collection, missing, extra}'
  {program} verify --html report.html
  {program} verify --findings wrong.jsonl     every finding, where the report names the first 20 of a collection

Exit code 3 when anything is wrong, or when a check of the application's own finds something wrong (these
run without a scope). Changes in flight are counted separately and are no fault, so this may run
at any time. `repair` mends what it finds in documents. Exit code 1 when nothing has one of the ids.";

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    scope: ScopeArguments,
    /// Keep the place in the primary, and go on where the last one with --resume was stopped.
    #[arg(long, conflicts_with_all = ["ids", "after", "until", "since"])]
    resume: bool,
    /// Also write the report as a page of HTML that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write every finding into a file, one JSON value a line, while it compares; the report names the first ones. A finding may come twice.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    findings: Option<PathBuf>,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Verify,
) -> Result<Exit, Failure> {
    let twin = visit_both(host).await?;
    let options = VerifyOptions {
        resume: arguments.resume,
        ..arguments.scope.of(&twin)?
    };
    // Known before everything is compared.
    let page = match &arguments.html {
        Some(file) => Some((
            file,
            tokio::fs::File::create(file)
                .await
                .map_err(unwritten(file))?,
        )),
        None => None,
    };
    let mut findings = match &arguments.findings {
        Some(file) => Some((file, Findings::create(file).map_err(unwritten(file))?)),
        None => None,
    };
    let progress = Progress::new("comparing rows and documents", None);
    let total = Total::default();
    let began = twin.sides().clock.now();
    let compared = |collection: &str, compared| progress.set(total.with(collection, compared));
    let each = |collection: &str, finding: &Finding| {
        if let Some((_, to)) = &mut findings {
            to.add(collection, finding);
        }
    };
    let report = twin.verify_each(&options, compared, each).await;
    progress.finish();
    let checks = if options.scope == Scope::default() {
        host.check(&twin).await
    } else {
        Ok(Vec::new())
    };
    let no_worker = workers::missing(host, &twin).await;
    twin.close().await;
    let (report, checks) = (report?, checks?);
    let mut said = verdict(&options.scope, &report, &checks);
    let in_flight = report.collections.iter().any(|of| of.in_flight > 0);
    if let Some(remedy) = no_worker.filter(|_| in_flight) {
        let _ = write!(
            said,
            " No worker runs, so what is in flight stays so. {remedy}"
        );
    }
    print(output, &report, &checks, &said)?;
    if let Some((file, mut to)) = page {
        let page = page::of(&report, &checks, (began, &options.scope), &said);
        let written = async {
            to.write_all(page.as_bytes()).await?;
            to.flush().await
        };
        written.await.map_err(unwritten(file))?;
    }
    if let Some((file, to)) = findings {
        to.end().map_err(unwritten(file))?;
    }
    let is_right = report.is_clean() && checks.iter().all(|check| check.wrong == 0);
    Ok(if is_clean(&report, &checks) {
        Exit::Done
    } else if is_right {
        Exit::Error
    } else {
        Exit::CheckFailed
    })
}

fn unwritten(file: &Path) -> impl FnOnce(std::io::Error) -> Failure + '_ {
    move |error| {
        let what = format!("the report cannot be written to {}", file.display());
        Failure::new(what, "Name a file that can be written.").because(error)
    }
}

/// The counts of all collections together: each collection counts for itself.
#[derive(Default)]
pub(super) struct Total {
    before: AtomicU64,
    last: AtomicU64,
}

impl Total {
    pub(super) fn with(&self, _collection: &str, looked_at: u64) -> u64 {
        let last = self.last.swap(looked_at, Ordering::Relaxed);
        if looked_at < last {
            // The next collection has begun.
            self.before.fetch_add(last, Ordering::Relaxed);
        }
        self.before.load(Ordering::Relaxed) + looked_at
    }
}

/// Nothing is known to be right of an id that nothing has.
fn is_clean(report: &VerifyReport, checks: &[Checked]) -> bool {
    let is_found = |of: &CollectionReport| of.is_clean() && of.absent.is_empty();
    report.collections.iter().all(is_found) && checks.iter().all(|check| check.wrong == 0)
}

fn print(
    output: Output,
    report: &VerifyReport,
    checks: &[Checked],
    said: &str,
) -> Result<(), Failure> {
    let whole = json!({ "clean": is_clean(report, checks), "collections": report.collections, "checks": checks });
    let collections = report.collections.iter().map(|of| json!(of));
    let wrong = checks.iter().filter(|check| check.wrong > 0);
    let lines: Vec<_> = collections.chain(wrong.map(|of| json!(of))).collect();
    output.data(&whole, &lines, || {
        let mut text = table(
            ["collection", "rows", "documents", "in flight", "wrong"],
            report.collections.iter().map(row),
        );
        for collection in &report.collections {
            text.push_str(&absent(collection));
            text.push_str(&described(collection));
            if let Some(error) = &collection.error {
                let (name, error) = (&collection.collection, one_line(error));
                let _ = write!(text, "\n{name} was not compared to its end: {error}");
            }
        }
        for check in checks {
            let _ = write!(text, "\n{}", check.line());
        }
        text.push('\n');
        text.push_str(said);
        text
    })
}

/// A line for each id that nothing has.
pub(super) fn absent(of: &CollectionReport) -> String {
    let line = |id: &AggregateId| {
        let (name, id) = (&of.collection, one_line(id.as_str()));
        format!("\nnot found: {name}/{id}: no row and no document")
    };
    of.absent.iter().map(line).collect()
}

/// A line for each finding that is named, and how many are not.
pub(super) fn described(of: &CollectionReport) -> String {
    let mut text = String::new();
    for finding in &of.samples {
        text.push('\n');
        text.push_str(&describe(&of.collection, finding));
    }
    let more = of.drifted().saturating_sub(of.samples.len() as u64);
    if more > 0 {
        let _ = write!(text, "\n{}: {more} more", of.collection);
    }
    text
}

fn row(report: &CollectionReport) -> [String; 5] {
    [
        report.collection.to_string(),
        report.rows.to_string(),
        report.documents.to_string(),
        report.in_flight.to_string(),
        wrong(report),
    ]
}

fn verdict(scope: &Scope, report: &VerifyReport, checks: &[Checked]) -> String {
    let failed: Vec<_> = checks.iter().filter(|check| check.wrong > 0).collect();
    let mut said = sides(&report.collections.iter());
    if !scope.is_whole() {
        let _ = write!(said, " Compared was {scope}.");
    }
    if !failed.is_empty() {
        let names: Vec<_> = failed.iter().map(|check| check.name).collect();
        let _ = write!(said, " Wrong: {}.", names.join(", "));
    }
    said
}

/// `1 document does`, `2 documents do`.
pub(super) fn counted(count: u64, one: &str, more: &str) -> String {
    let what = if count == 1 { one } else { more };
    format!("{count} {what}")
}

/// What is to be said of both sides.
pub(super) fn sides<'a>(reports: &(impl Iterator<Item = &'a CollectionReport> + Clone)) -> String {
    let absent: usize = reports.clone().map(|of| of.absent.len()).sum();
    let said = of_both(reports);
    match absent {
        0 => said,
        _ => format!("{said} Nothing has {absent} of the ids that were asked for."),
    }
}

fn of_both<'a>(reports: &(impl Iterator<Item = &'a CollectionReport> + Clone)) -> String {
    let sum = |of: fn(&CollectionReport) -> u64| reports.clone().map(of).sum::<u64>();
    let (wrong, in_flight) = (sum(CollectionReport::drifted), sum(|of| of.in_flight));
    let unsettled = sum(|of| of.unsettled);
    let failed = sum(|of| u64::from(of.error.is_some()));
    let differ = counted(
        wrong,
        "document does not match its row",
        "documents do not match their rows",
    );
    if failed > 0 {
        let collections = counted(failed, "collection", "collections");
        return format!("{differ}, and {collections} could not be compared.");
    }
    match (wrong, in_flight) {
        (0, 0) if sum(CollectionReport::compared) == 0 => {
            "Nothing was compared: there is neither a row nor a document.".to_owned()
        }
        (0, 0) => "Both sides agree.".to_owned(),
        (0, _) if unsettled > 0 => format!(
            "What could be compared agrees. {} of before a database was put back; the alarm stays until their events are applied.",
            counted(
                unsettled,
                "document is still the one",
                "documents are still those"
            )
        ),
        (0, _) => format!("Both sides agree. Changes are in flight for {in_flight} of them."),
        _ => format!("{differ}."),
    }
}
