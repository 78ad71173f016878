//! How each collection is, pure: what fails backs off alone, and the others go on.
//!
//! A collection that cannot be applied to is left out of reads ([`Collections::excluded`]) until its
//! pause is over. Then one batch of its own tries it again; its events are left out of other reads
//! meanwhile. Preparing a collection (its indexes) fails apart from that: its changes are applied.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{Disposition, Name, Registry, Schema};

use super::{
    EngineError, WorkerOptions,
    status::{CollectionState, CollectionStatus},
};
use crate::{backoff::Backoff, error_chain};

/// All collections of a worker.
#[derive(Debug)]
pub(crate) struct Collections {
    all: Vec<Collection>,
}

/// One collection.
#[derive(Debug)]
pub(crate) struct Collection {
    schema: Arc<Schema>,
    backoff: Backoff,
    failure: Option<Failure>,
    /// Why its indexes could not be made.
    unprepared: Option<Failure>,
    /// Whether they are being made for the first time.
    is_preparing: bool,
    /// Whether a batch is finding out if the failure is over.
    is_probed: bool,
    /// Whether a read from the start began after its pause was over: its events lie behind the cursors.
    is_sought: bool,
    started: Timestamp,
}

/// A failure that is not over.
#[derive(Debug)]
struct Failure {
    status: CollectionStatus,
    attempts: u32,
    next: Instant,
}

/// The moment of an event, by both clocks, and a number from 0 to 1 for jitter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) at: Timestamp,
    pub(crate) jitter: f64,
}

impl Collections {
    /// All are being prepared, and nothing has failed.
    pub(crate) fn new(registry: &Registry, options: &WorkerOptions, at: Timestamp) -> Self {
        let collection = |schema: &Arc<Schema>| Collection {
            schema: Arc::clone(schema),
            backoff: Backoff {
                base: options.backoff_base,
                cap: options.backoff_cap,
            },
            failure: None,
            unprepared: None,
            is_preparing: true,
            is_probed: false,
            is_sought: false,
            started: at,
        };
        Self {
            all: registry.all().map(collection).collect(),
        }
    }

    /// The types whose events are not to be read now.
    pub(crate) fn excluded(&self, now: Instant) -> Vec<Name> {
        let excluded = self.all.iter().filter(|one| one.is_excluded(now));
        excluded
            .map(|one| one.schema.aggregate_type.clone())
            .collect()
    }

    /// When the first of those that are excluded may be tried again.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        let waiting = self
            .all
            .iter()
            .filter(|one| !one.is_probed && !one.is_sought);
        let next = waiting.filter_map(|one| Some(one.failure.as_ref()?.next));
        next.min()
    }

    /// The type, when it is failing: its events belong in a batch of their own, which finds out whether
    /// the failure is over.
    pub(crate) fn probe(&mut self, aggregate_type: &str) -> Option<Name> {
        let one = self.find(aggregate_type)?;
        one.failure.as_ref()?;
        one.is_probed = true;
        Some(one.schema.aggregate_type.clone())
    }

    /// The batch has ended that was finding it out.
    pub(crate) fn probed(&mut self, aggregate_type: &str) {
        if let Some(one) = self.find(aggregate_type) {
            one.is_probed = false;
            one.is_sought = false;
        }
    }

    /// Whether a pause is over since the last call: then the next read begins at the start.
    pub(crate) fn seek(&mut self, now: Instant) -> bool {
        let mut found = false;
        for one in &mut self.all {
            if one.failure.is_some() && !one.is_sought && !one.is_excluded(now) {
                one.is_sought = true;
                found = true;
            }
        }
        found
    }

    /// Those failing ones that are read: when everything was read and one is still among them, nothing of it is pending.
    pub(crate) fn sought(&self, now: Instant) -> Vec<Arc<Schema>> {
        let is_empty =
            |one: &&Collection| one.is_sought && one.failure.is_some() && !one.is_excluded(now);
        let sought = self.all.iter().filter(is_empty);
        sought.map(|one| Arc::clone(&one.schema)).collect()
    }

    /// The error of the first collection that the replica did not answer for, or else of the first that
    /// it refused; and whether the replica did not answer.
    pub(crate) fn error(&self) -> (Option<String>, bool) {
        let failures = || self.all.iter().filter_map(|one| one.failure.as_ref());
        let away = failures().find(|of| of.status.state == CollectionState::BackingOff);
        let first = away.or_else(|| failures().next());
        let error = first.and_then(|failure| failure.status.error.clone());
        (error, away.is_some())
    }

    /// How each is, for people.
    pub(crate) fn status(&self) -> Vec<CollectionStatus> {
        self.all.iter().map(Collection::status).collect()
    }

    pub(crate) fn find(&mut self, aggregate_type: &str) -> Option<&mut Collection> {
        let is_it = |one: &&mut Collection| one.schema.aggregate_type == aggregate_type;
        self.all.iter_mut().find(is_it)
    }
}

impl Collection {
    /// Changes were applied, or none are left. Returns how many attempts had failed.
    pub(crate) fn applied(&mut self) -> u32 {
        self.failure.take().map_or(0, |failure| failure.attempts)
    }

    /// Applying failed. Returns whether that is news.
    pub(crate) fn failed(&mut self, error: &EngineError, moment: Moment) -> bool {
        self.is_sought = false;
        Failure::record(&mut self.failure, &self.schema, error, self.backoff, moment)
    }

    /// Preparing ended. Returns whether it failed in a way that is news, and the pause before the next attempt.
    pub(crate) fn prepared(
        &mut self,
        result: Result<(), &EngineError>,
        moment: Moment,
    ) -> (bool, Option<Duration>) {
        self.is_preparing = false;
        let Err(error) = result else {
            self.unprepared = None;
            return (false, None);
        };
        let known = &mut self.unprepared;
        let is_news = Failure::record(known, &self.schema, error, self.backoff, moment);
        let failure = known.as_ref();
        let pause = failure.map(|failure| failure.next.duration_since(moment.now));
        (is_news, pause)
    }

    fn is_excluded(&self, now: Instant) -> bool {
        self.is_probed || self.failure.as_ref().is_some_and(|f| f.next > now)
    }

    fn status(&self) -> CollectionStatus {
        match (&self.failure, &self.unprepared) {
            (Some(failure), _) => failure.status.clone(),
            (None, Some(failure)) => CollectionStatus {
                state: CollectionState::Unprepared,
                ..failure.status.clone()
            },
            (None, None) => CollectionStatus {
                collection: self.schema.collection.clone(),
                state: if self.is_preparing {
                    CollectionState::Preparing
                } else {
                    CollectionState::Ok
                },
                since: self.started,
                error: None,
                remedy: None,
            },
        }
    }
}

impl Failure {
    /// Notes one more failed attempt. Returns whether it is the first, or has another cause than the one before.
    fn record(
        known: &mut Option<Self>,
        schema: &Schema,
        error: &EngineError,
        backoff: Backoff,
        moment: Moment,
    ) -> bool {
        let text = error_chain(error);
        let before = known.as_ref();
        let is_news = before.is_none_or(|before| before.status.error.as_ref() != Some(&text));
        let attempts = before.map_or(0, |before| before.attempts);
        // Batches that were in flight together fail together: that is one attempt.
        let in_pause = before
            .map(|before| before.next)
            .filter(|next| *next > moment.now);
        let attempts = attempts + u32::from(in_pause.is_none());
        let next = in_pause.unwrap_or_else(|| moment.now + backoff.delay(attempts, moment.jitter));
        *known = Some(Self {
            status: CollectionStatus {
                collection: schema.collection.clone(),
                state: match error.disposition() {
                    Disposition::Retry | Disposition::RetryLater => CollectionState::BackingOff,
                    Disposition::Operator | Disposition::Poison | Disposition::Bug => {
                        CollectionState::Refused
                    }
                },
                since: before.map_or(moment.at, |before| before.status.since),
                error: Some(text),
                remedy: Some(error.remedy()),
            },
            attempts,
            next,
        });
        is_news
    }
}
