//! `verify`: every row against its document.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::json;
use twinbase::sync::verify::{CollectionReport, VerifyReport};

use crate::{
    Checked, Host, program, require_migrated,
    terminal::{Exit, Failure, Output, Progress, table, text::one_line},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} verify
  {program} verify --json | jq '.collections[] | {collection, missing, extra}'

Exit code 3 when anything is missing, extra, stale or different, or when a check of
the application's own finds something wrong. Changes in flight
are counted separately and are no fault, so this may run at any time.";

pub(super) async fn run(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = host.visit().await?;
    if twin.registry().iter().next().is_none() {
        return Err(knows_nothing());
    }
    require_migrated(&twin).await?;
    let progress = Progress::new("comparing rows and documents", None);
    let total = Total::default();
    let report = twin
        .verify(|collection, looked_at| progress.set(total.with(collection, looked_at)))
        .await;
    progress.finish();
    let checks = host.check(&twin).await;
    twin.close().await;
    let (report, checks) = (report?, checks?);
    print(output, &report, &checks)?;
    let is_clean = report.is_clean() && checks.iter().all(|check| check.wrong == 0);
    Ok(if is_clean {
        Exit::Done
    } else {
        Exit::CheckFailed
    })
}

/// How a row becomes a document is in the application's schemas alone.
fn knows_nothing() -> Failure {
    Failure::new(
        format!(
            "`{}` knows no aggregates, so it cannot tell how a document must look",
            program::name()
        ),
        "Use the `verify` of the application whose databases these are: it gets the command from the crate twinbase-cli.",
    )
    .of_usage()
}

/// The counts of all collections together: each collection counts for itself.
#[derive(Default)]
struct Total {
    before: AtomicU64,
    last: AtomicU64,
}

impl Total {
    fn with(&self, _collection: &str, looked_at: u64) -> u64 {
        let last = self.last.swap(looked_at, Ordering::Relaxed);
        if looked_at < last {
            // The next collection has begun.
            self.before.fetch_add(last, Ordering::Relaxed);
        }
        self.before.load(Ordering::Relaxed) + looked_at
    }
}

fn print(output: Output, report: &VerifyReport, checks: &[Checked]) -> Result<(), Failure> {
    let is_clean = report.is_clean() && checks.iter().all(|check| check.wrong == 0);
    let whole = json!({ "clean": is_clean, "collections": report.collections, "checks": checks });
    output.data(&whole, &report.collections, || {
        let mut text = table(
            [
                "collection",
                "rows",
                "documents",
                "missing",
                "extra",
                "stale",
                "different",
                "unreadable",
                "invalid ids",
                "in flight",
            ],
            report.collections.iter().map(row),
        );
        for collection in &report.collections {
            for sample in &collection.samples {
                let (name, id) = (&collection.collection, one_line(&sample.id));
                let _ = write!(text, "\n{:?}: {name}/{id}", sample.drift);
            }
            if let Some(error) = &collection.error {
                let (name, error) = (&collection.collection, one_line(error));
                let _ = write!(text, "\n{name} was not compared to its end: {error}");
            }
        }
        for check in checks {
            let _ = write!(text, "\n{}", check.line());
        }
        text.push('\n');
        text.push_str(&verdict(report));
        text
    })
}

fn row(report: &CollectionReport) -> [String; 10] {
    [
        report.collection.to_string(),
        report.rows.to_string(),
        report.documents.to_string(),
        report.missing.to_string(),
        report.extra.to_string(),
        report.stale.to_string(),
        report.different.to_string(),
        report.unreadable.to_string(),
        report.invalid_ids.to_string(),
        report.in_flight.to_string(),
    ]
}

fn verdict(report: &VerifyReport) -> String {
    let wrong: u64 = report
        .collections
        .iter()
        .map(CollectionReport::drifted)
        .sum();
    let in_flight: u64 = report.collections.iter().map(|c| c.in_flight).sum();
    let failed = report.collections.iter().filter(|c| c.error.is_some());
    let failed = failed.count();
    if failed > 0 {
        return format!(
            "{wrong} documents do not match their rows, and {failed} collections could not be compared."
        );
    }
    match (wrong, in_flight) {
        (0, 0) => "Both sides agree.".to_owned(),
        (0, _) => format!("Both sides agree. Changes are in flight for {in_flight} of them."),
        (wrong, _) => format!("{wrong} documents do not match their rows."),
    }
}
