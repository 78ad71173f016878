//! Repair: what a verification finds is made anew from the primary.
//!
//! # The protocol
//!
//! *One way to mend.* Whatever is wrong with a document, its aggregate's head is raised above the document's version, and an
//! event without content is written ([`touch`](twinbase_core::primary::Outbox::touch)). A worker then makes the document of the row and
//! applies it, guarded as ever. Nothing is written to the replica here, so a repair can neither undo a newer change nor race with
//! one: a writer that commits meanwhile gets the next version.
//!
//! *Extras.* A document without a row goes because the primary was asked under the lock of its head: the worker reads row and head in
//! one snapshot, and a row that was written meanwhile is what the document becomes.
//!
//! *Proof.* What was touched is waited for by a token, and judged again; what had not come in time, once more at the end of its collection.
//! What is still wrong then is reported with its reason, such as a document that the replica refuses.
//!
//! *Stopping.* A repair that is dropped or killed leaves events that workers apply. It can be started again.

mod report;
mod underway;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use twinbase_core::{AggregateId, Disposition, Key, Name, PrimaryError, Schema, Token, Version};

pub use report::{CollectionRepair, Left, RepairReport};
pub(crate) use underway::Underway;
use underway::after_too_short;

use crate::{
    Freshness, NotCaughtUp, Sides, generations,
    timeline::TOUCHED_AT_ONCE,
    verify::{Drift, Finding, Findings, MOST, Resume, VerifyOptions, judge, walk_all},
    worker::{EngineError, Signals},
};

/// How a repair goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepairOptions {
    /// What is compared, and how fast.
    #[serde(flatten)]
    pub verify: VerifyOptions,
    /// Whether nothing is changed: the report says what is wrong.
    pub dry_run: bool,
    /// How long what was touched is waited for, page by page, before it is reported as not confirmed. Once that was too short, a page is
    /// waited for a second at most. What came later than that is confirmed at the end of its collection.
    pub wait: Duration,
}

/// With how long workers are waited for by default.
impl From<VerifyOptions> for RepairOptions {
    fn from(verify: VerifyOptions) -> Self {
        Self {
            verify,
            ..Self::default()
        }
    }
}

impl Default for RepairOptions {
    fn default() -> Self {
        Self {
            verify: VerifyOptions::default(),
            dry_run: false,
            wait: Duration::from_secs(30),
        }
    }
}

/// What a repair needs besides both sides.
pub struct Repair<'a> {
    /// Both sides.
    pub sides: &'a Sides,
    /// Waits for what was touched.
    pub freshness: &'a Freshness,
    /// Wakes the worker of this process.
    pub signals: &'a Signals,
}

impl Repair<'_> {
    /// Compares a scope and mends what is wrong in it. `progress` gets the collection and how many rows and documents of it
    /// have been compared.
    /// A side that is away for some seconds ends nothing.
    ///
    /// # Errors
    /// The first error, when no collection could be compared to its end. One that fails alone is in its report.
    pub async fn run(
        &self,
        options: &RepairOptions,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<RepairReport, EngineError> {
        let mut mending = Mending {
            repair: self,
            dry_run: options.dry_run,
            wait: options.wait,
            done: HashMap::new(),
        };
        // A repair begins anew whatever is kept, so no report of before is in its way.
        let walked = walk_all(
            self.sides,
            &options.verify,
            &Resume::Never,
            progress,
            &mut mending,
        );
        let closed = walked.await?.into_iter().map(|found| {
            let done = mending.done.remove(&found.collection);
            let mut repair = done.unwrap_or_default().repair;
            repair.close(found, options.dry_run);
            repair
        });
        Ok(RepairReport {
            collections: closed.collect(),
        })
    }

    /// Mends what was found in one page, and notes what became of it. `wait` becomes less once it was too short.
    pub(crate) async fn mend(
        &self,
        schema: &Schema,
        found: &[Finding],
        underway: &mut Underway,
        wait: &mut Duration,
    ) -> Result<(), EngineError> {
        let mut above = Vec::new();
        let countable = Version::countable(self.sides.clock.now());
        for finding in found {
            match mendable(finding, countable) {
                Ok(of) => above.push(of),
                Err(reason) => underway.repair.leave(finding, reason),
            }
        }
        above.sort_unstable();
        above.dedup_by(|one, other| one.0 == other.0);
        let mut touched = Vec::with_capacity(above.len());
        for chunk in above.chunks(TOUCHED_AT_ONCE) {
            touched.extend(self.touch(schema, chunk).await?);
        }
        underway.repair.touched += touched.len() as u64;
        self.confirm(schema, &touched, underway, wait).await
    }

    /// Waits for what was touched, and judges it again.
    async fn confirm(
        &self,
        schema: &Schema,
        touched: &[(AggregateId, Version)],
        underway: &mut Underway,
        wait: &mut Duration,
    ) -> Result<(), EngineError> {
        if touched.is_empty() {
            return Ok(());
        }
        let mut token = Token::default();
        for (id, version) in touched {
            let key = Key::new(schema.aggregate_type.as_ref(), id.clone());
            token.insert(key, *version);
        }
        let caught_up = match self.freshness.caught_up(&token, *wait).await {
            Ok(_) => true,
            // Nothing is known of the workers then.
            Err(NotCaughtUp::Replica(error)) if error.disposition() == Disposition::RetryLater => {
                return Err(error.into());
            }
            Err(_) => false,
        };
        let mut late = Vec::new();
        for some in touched.chunks(MOST as usize) {
            let ids: Vec<_> = some.iter().map(|(id, _)| id.clone()).collect();
            let judged = judge(self.sides, schema, &ids).await?;
            for finding in &judged.findings {
                underway.repair.leave(finding, reason(finding));
            }
            // What is on its way although the token was met is a newer change.
            let mut in_flight = HashSet::new();
            if !caught_up {
                in_flight.extend(judged.in_flight.into_iter().map(|(id, _)| id));
            }
            underway.repair.mended += (ids.len() - judged.findings.len() - in_flight.len()) as u64;
            let of_these = some.iter().filter(|(id, _)| in_flight.contains(id));
            late.extend(of_these.cloned());
        }
        if !caught_up {
            *wait = after_too_short(*wait, late.len() < touched.len());
        }
        underway.is_late(late);
        Ok(())
    }

    /// Looks once more, at the end of a collection, at what had not come in time. After an error the rest is looked at by the next call.
    pub(crate) async fn confirm_late(
        &self,
        schema: &Arc<Schema>,
        underway: &mut Underway,
        wait: &mut Duration,
    ) -> Result<(), EngineError> {
        if underway.late.is_empty() {
            return Ok(());
        }
        // Documents may have moved since they were compared.
        let serving = generations::serving(self.sides, schema).await?;
        let late = std::mem::take(&mut underway.late);
        let mut rest = late.as_slice();
        while !rest.is_empty() {
            let (some, after) = rest.split_at(rest.len().min(MOST as usize));
            let before = underway.clone();
            underway.repair.unconfirmed -= some.len() as u64;
            let confirmed = self.confirm(&serving, some, underway, wait).await;
            if let Err(error) = confirmed {
                *underway = before;
                underway.late.extend_from_slice(rest);
                return Err(error);
            }
            rest = after;
        }
        Ok(())
    }

    async fn touch(
        &self,
        schema: &Schema,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError> {
        let raised = self.sides.primary.touch(schema, above).await?;
        self.signals.wake.notify();
        // A hint that is lost costs a poll's delay.
        if let Err(error) = self.sides.primary.notify().await {
            tracing::debug!(%error, "workers of other processes were not notified of a repair");
        }
        Ok(raised)
    }
}

/// Mends page by page what a walk finds.
struct Mending<'a> {
    repair: &'a Repair<'a>,
    dry_run: bool,
    wait: Duration,
    /// What became of each collection so far.
    done: HashMap<Name, Underway>,
}

impl Findings for Mending<'_> {
    async fn take(&mut self, schema: &Arc<Schema>, found: &[Finding]) -> Result<u64, EngineError> {
        if self.dry_run {
            return Ok(0);
        }
        let done = self.done.entry(schema.collection.clone()).or_default();
        let before = done.clone();
        let mended = self.repair.mend(schema, found, done, &mut self.wait);
        let mended = mended.await;
        if mended.is_err() {
            done.clone_from(&before);
        }
        mended.map(|()| done.repair.mended - before.repair.mended)
    }

    async fn end(&mut self, schema: &Arc<Schema>) -> Result<u64, EngineError> {
        let done = self.done.entry(schema.collection.clone()).or_default();
        let before = done.repair.mended;
        let late = self.repair.confirm_late(schema, done, &mut self.wait);
        late.await.map(|()| done.repair.mended - before)
    }
}

/// The id of what can be mended, and the version that its head is raised above; or why it cannot.
pub(crate) fn mendable(
    finding: &Finding,
    countable: Version,
) -> Result<(AggregateId, Version), &'static str> {
    const NO_ROW: &str = "No row can have this id: delete the document by hand";
    let document = finding.document.unwrap_or(Version::NONE);
    match AggregateId::new(&finding.id) {
        _ if finding.is_foreign() => Err(NO_ROW),
        _ if finding.drift == Drift::InvalidId => {
            Err("No document can have this id: change the key of the row, or delete the row")
        }
        Err(_) => Err(NO_ROW),
        Ok(_) if finding.head > countable => Err(
            "The row's head was not made by counting: give it in `aggregate_version` a version that is not above the document's, then repair again",
        ),
        Ok(_) if document > countable => Err(
            "The document's version was not made by counting: delete the document, then repair again",
        ),
        Ok(id) => Ok((id, document)),
    }
}

/// Why something is wrong although it was touched.
fn reason(finding: &Finding) -> &'static str {
    if finding.failed_event.is_some() {
        "Its event failed again: the event has the error"
    } else {
        "It is still wrong after it was written again"
    }
}
