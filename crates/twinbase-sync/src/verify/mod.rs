//! Verification: every row against its document, without a pause and without false alarms.
//!
//! # The protocol
//!
//! A walk goes through both sides at once, in the order of ids (`both.rs`); a table that has another order of keys is walked row by row, each
//! with its document, and then the documents, to find those that have no row. Row and document that are at one version and equal are done with, whenever each was read: of one
//! version there is one content. Everything else is judged by its id (`judge.rs`), which tells what is wrong from what is on its
//! way. A page of rows is as long as its bytes allow. What cannot be read is a finding about that document or that collection:
//! the walk goes on.

mod ahead;
mod both;
mod compare;
mod judge;
mod kept;
mod pace;
mod patience;
mod portion;
mod report;
mod scope;
mod walk;

pub(crate) use ahead::{Held, ReadAhead};
pub(crate) use compare::{Verdict, compare};
pub(crate) use judge::{found, judge};
pub use kept::Verified;
pub(crate) use kept::{KEEP, Kept, Resume, Round, WORKER, is_due, is_proven, of};
pub(crate) use pace::Pace;
pub(crate) use patience::Patience;
pub(crate) use portion::Portion;
pub use report::{CollectionReport, Drift, Finding, VerifyReport};
pub use scope::{Scope, VerifyOptions};
pub(crate) use walk::{MOST, Phase, Walk};

use std::sync::Arc;

use tokio::time::Instant;
use twinbase_core::{Disposition, Schema, Version};

use crate::{Sides, error_chain, timeline, worker::EngineError};

/// Compares every row and every document of a scope. `progress` gets the collection and
/// how many rows and documents of it have been compared.
///
/// # Errors
/// The first error, when no collection could be compared to its end. One that fails alone is
/// [`CollectionReport::error`], and the others are compared all the same.
pub async fn verify(
    sides: &Sides,
    options: &VerifyOptions,
    progress: impl FnMut(&str, u64) + Send,
) -> Result<VerifyReport, EngineError> {
    let resume = resume(options);
    let collections = walk_all(sides, options, &resume, progress, &mut ()).await?;
    Ok(VerifyReport { collections })
}

const fn resume(options: &VerifyOptions) -> Resume {
    if options.resume {
        Resume::Last
    } else {
        Resume::Never
    }
}

/// What is done with what a page found, before the next one is read.
pub(crate) trait Findings: Send {
    /// Returns how many of them are mended. After an error that passes they come once more.
    fn take(
        &mut self,
        schema: &Arc<Schema>,
        found: &[Finding],
    ) -> impl Future<Output = Result<u64, EngineError>> + Send;

    /// The collection is compared to its end. Returns how many more are mended. After an error that passes it is called once more.
    fn end(&mut self, _: &Arc<Schema>) -> impl Future<Output = Result<u64, EngineError>> + Send {
        async { Ok(0) }
    }
}

/// They are in the report, and that is all.
impl Findings for () {
    async fn take(&mut self, _: &Arc<Schema>, _: &[Finding]) -> Result<u64, EngineError> {
        Ok(0)
    }
}

/// The same, and each goes to somebody, with its collection.
struct Each<F>(F);

impl<F: FnMut(&str, &Finding) + Send> Findings for Each<F> {
    async fn take(&mut self, of: &Arc<Schema>, found: &[Finding]) -> Result<u64, EngineError> {
        for finding in found {
            (self.0)(&of.collection, finding);
        }
        Ok(0)
    }
}

/// Walks through all collections of a scope.
///
/// # Errors
/// [`EngineError::Emptied`] before anything is compared. The first error, when no collection could be compared to its end. One that fails alone
/// is in its report.
pub(crate) async fn walk_all(
    sides: &Sides,
    options: &VerifyOptions,
    resume: &Resume,
    mut progress: impl FnMut(&str, u64) + Send,
    findings: &mut impl Findings,
) -> Result<Vec<CollectionReport>, EngineError> {
    // An alarm says so, and what is left of it may agree.
    if sides.primary.recorded().await?.is_emptied() {
        return Err(EngineError::Emptied);
    }
    let keeps = !matches!(resume, Resume::Never);
    let mut pace = Pace::new(options.rate);
    let mut patience = Patience::default();
    let (mut collections, mut first_error) = (Vec::new(), None);
    let mut away: Option<String> = None;
    let mut round = Round::of(sides, &options.scope, resume).await?;
    for schema in sides.registry.iter().filter(|of| options.scope.has(of)) {
        if let Some(error) = &away {
            collections.push(CollectionReport::failed(&schema.collection, error));
            continue;
        }
        let serving = round.serving(sides, schema).await?;
        let mut kept = match round.take(&serving) {
            Ok(kept) => kept,
            Err(report) => {
                progress(&schema.collection, report.compared());
                collections.push(*report);
                continue;
            }
        };
        let compared = |compared: u64| progress(&schema.collection, compared);
        let walked = walk_through(
            sides,
            &mut kept,
            keeps,
            (&mut pace, &mut patience),
            compared,
            findings,
        );
        match walked.await {
            Ok(()) => kept.end(sides).await,
            Err(error) => {
                let said = described(&error);
                if !answer(sides).await {
                    away = Some(said.clone());
                }
                kept.walk.report.error = Some(said);
                first_error.get_or_insert(error);
            }
        }
        collections.push(kept.walk.report);
    }
    match first_error {
        Some(error) if collections.iter().all(|report| report.error.is_some()) => Err(error),
        _ => Ok(collections),
    }
}

/// Whether both sides answer: who is away for one collection need not be waited for with each of the others.
async fn answer(sides: &Sides) -> bool {
    sides.replica.ping().await.is_ok() && sides.primary.ping().await.is_ok()
}

/// Compares what is left of one collection; when `keeps`, keeps on the way where it is. A side that is away for some seconds is waited for.
async fn walk_through(
    sides: &Sides,
    kept: &mut Kept,
    mut keeps: bool,
    (pace, patience): (&mut Pace, &mut Patience),
    mut progress: impl FnMut(u64) + Send,
    findings: &mut impl Findings,
) -> Result<(), EngineError> {
    let mut due = Instant::now();
    let mut open = Vec::new();
    loop {
        let is_due = Instant::now() >= due;
        if is_due {
            due = Instant::now() + KEEP;
        }
        let (asked, before) = (Instant::now(), kept.walk.report.compared());
        let next = (is_due, pace.page(kept.walk.most()));
        let stepped = step(sides, kept, &mut keeps, next, &mut open, findings);
        match stepped.await {
            Ok(true) => patience.answered(),
            Ok(false) => return Ok(()),
            Err(error) if error.disposition() == Disposition::RetryLater => {
                let is_first = !patience.has_begun();
                let Some(wait) = patience.wait(asked) else {
                    return Err(error);
                };
                if is_first {
                    let error = error_chain(&error);
                    tracing::warn!(error, "a side does not answer; it is asked again");
                }
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
        let compared = kept.walk.report.compared();
        progress(compared);
        pace.did(compared.saturating_sub(before)).await;
    }
}

/// Compares a page, unless something is `open` of the last one, and has what it found dealt with; false when there was none any more.
async fn step(
    sides: &Sides,
    kept: &mut Kept,
    keeps: &mut bool,
    (is_due, limit): (bool, u32),
    open: &mut Vec<Finding>,
    findings: &mut impl Findings,
) -> Result<bool, EngineError> {
    if is_due {
        // Another command may have taken it over: this one goes on for its own report.
        *keeps = *keeps && kept.keep(sides).await?;
    }
    if open.is_empty() {
        let Some(found) = kept.walk.step(sides, limit).await? else {
            let mended = findings.end(&kept.walk.schema).await?;
            kept.mended(mended);
            return Ok(false);
        };
        *open = found;
    }
    let is_moved = (is_due || !open.is_empty()) && kept.moved(sides).await?;
    if !open.is_empty() && !is_moved {
        let mended = findings.take(&kept.walk.schema, open).await?;
        kept.mended(mended);
    }
    open.clear();
    Ok(true)
}

/// An error with its causes and its remedy.
pub(crate) fn described(error: &EngineError) -> String {
    format!("{}. {}", error_chain(error), error.remedy())
}

/// Compares as [`verify`] does. All of it without a finding ends the alarm of a database that was put back. `each` gets every finding
/// with its collection while it compares: some twice, when a collection has to be compared from its start again.
///
/// # Errors
/// Those of [`verify`], and when the timeline cannot be read or written.
pub async fn verify_and_prove(
    sides: &Sides,
    options: &VerifyOptions,
    progress: impl FnMut(&str, u64) + Send,
    each: impl FnMut(&str, &Finding) + Send,
) -> Result<VerifyReport, EngineError> {
    let resume = resume(options);
    prove(sides, options, &resume, progress, &mut Each(each)).await
}

/// [`verify_and_prove`], with the walk that it goes on with.
pub(crate) async fn prove(
    sides: &Sides,
    options: &VerifyOptions,
    resume: &Resume,
    progress: impl FnMut(&str, u64) + Send,
    findings: &mut impl Findings,
) -> Result<VerifyReport, EngineError> {
    let began = sides.primary.recorded().await?;
    let collections = walk_all(sides, options, resume, progress, findings).await?;
    let report = VerifyReport { collections };
    let findings = report.collections.iter().flat_map(|of| &of.samples);
    let countable = Version::countable(sides.clock.now());
    timeline::went_back(sides, timeline::highest_lost(findings, countable)).await?;
    let is_settled = report.collections.iter().all(|of| of.unsettled == 0);
    if options.scope == Scope::default() && report.is_clean() && is_settled {
        timeline::prove(sides, &began).await?;
    }
    Ok(report)
}
