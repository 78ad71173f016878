//! A walk through one collection, page by page: what a page finds is complete before the next one is read.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use twinbase_core::{
    AggregateId, ReplicaError, Schema, State, Version,
    primary::{EventCursor, EventFilter, EventStatus},
    replica::Stored,
};

use super::{
    CollectionReport, Drift, Finding, Portion, Scope,
    both::{Both, Range, Then},
    compare::agree,
    judge::{Judged, judge},
};
use crate::{Sides, worker::EngineError};

/// The most rows or documents of one page: keeps id lists short.
pub(crate) const MOST: u32 = 500;

/// The most rows and documents of a page of both sides, which needs no list of ids. Of each side the one that is compared and those that
/// are read ahead are in memory.
const MOST_OF_BOTH: u32 = 3_000;

/// How many ids are remembered until the end of a walk, to be judged once more.
const MOST_AGAIN: usize = 10_000;

/// Where a walk is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Phase {
    /// Both sides at once: rows after this key, and documents after this id.
    Both(Option<String>, Option<String>),
    /// Rows after this key, each with its document.
    Rows(Option<String>),
    /// Documents and tombstones after this id: those that have no row.
    Documents(Option<String>),
    /// Ids that are still to be compared.
    Ids(VecDeque<AggregateId>),
    /// Aggregates of applied events, the last one applied first.
    Changed(Option<(i64, i64)>),
    /// Once more what was in flight with a document of before a database was put back.
    Again(VecDeque<AggregateId>),
    /// All is compared.
    Done,
}

/// A walk through one collection.
pub(crate) struct Walk {
    pub(crate) schema: Arc<Schema>,
    scope: Scope,
    /// The last key that is compared, in the table's own order.
    until: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) report: CollectionReport,
    /// What was read of both sides and is not compared yet.
    both: Option<Both>,
    /// What has had an event already, of what changed since a time.
    changed: HashSet<AggregateId>,
    /// How many rows a page asks for that are read without documents.
    portion: Portion,
    /// The floor of versions while it is not proven that both sides agree above it.
    unproven: Version,
    /// What is in flight with a document that is not above that floor.
    unsettled: VecDeque<AggregateId>,
}

impl Walk {
    pub(crate) fn new(schema: &Arc<Schema>, scope: &Scope) -> Self {
        let phase = if !scope.ids.is_empty() {
            Phase::Ids(scope.ids.iter().cloned().collect())
        } else if scope.since.is_some() {
            Phase::Changed(None)
        } else {
            Phase::Both(None, scope.after.clone())
        };
        Self {
            report: CollectionReport::new(&schema.collection),
            schema: Arc::clone(schema),
            scope: scope.clone(),
            until: None,
            phase,
            both: None,
            changed: HashSet::new(),
            portion: Portion::UNKNOWN,
            unproven: Version::NONE,
            unsettled: VecDeque::new(),
        }
    }

    /// The same walk, which is to prove that nothing of before this floor is left.
    pub(crate) const fn above(mut self, unproven: Version) -> Self {
        self.unproven = unproven;
        self
    }

    /// The same walk, of what had no later key than this one when it began: it does not run behind those who write.
    pub(crate) fn up_to(mut self, key: Option<String>) -> Self {
        self.until = key;
        self
    }

    /// The same walk from its beginning, through the documents of another physical collection.
    pub(crate) fn anew(&self, schema: &Arc<Schema>) -> Self {
        Self::new(schema, &self.scope).above(self.unproven)
    }

    /// How many rows and documents a page may have.
    pub(crate) const fn most(&self) -> u32 {
        match self.phase {
            Phase::Both(..) => MOST_OF_BOTH,
            _ => MOST,
        }
    }

    /// Compares a page of at most `limit`; returns what is wrong in it, `None` when all is compared. After an error the same page is next.
    pub(crate) async fn step(
        &mut self,
        sides: &Sides,
        limit: u32,
    ) -> Result<Option<Vec<Finding>>, EngineError> {
        let before = self.report.clone();
        let found = self.page(sides, limit).await;
        if found.is_err() {
            self.report = before;
        }
        found
    }

    async fn page(
        &mut self,
        sides: &Sides,
        limit: u32,
    ) -> Result<Option<Vec<Finding>>, EngineError> {
        let mut findings = Vec::new();
        let (next, judged) = match self.phase.clone() {
            Phase::Both(row, document) => {
                let at = (row, document);
                Box::pin(self.both(sides, at, limit, &mut findings)).await?
            }
            Phase::Rows(after) => self.rows(sides, after, limit, &mut findings).await?,
            Phase::Documents(after) => self.documents(sides, after, limit, &mut findings).await?,
            Phase::Ids(ids) => self.ids(sides, ids, limit).await?,
            Phase::Changed(after) => self.changed(sides, after, limit).await?,
            Phase::Again(ids) => self.again(sides, ids, limit).await?,
            Phase::Done => return Ok(None),
        };
        self.report.in_flight += judged.in_flight.len() as u64;
        let next = self.settling(next, judged.in_flight);
        findings.extend(judged.findings);
        for finding in &findings {
            self.report.add(finding);
        }
        self.phase = next;
        Ok(Some(findings))
    }

    async fn both(
        &mut self,
        sides: &Sides,
        (row, document): (Option<String>, Option<String>),
        limit: u32,
        findings: &mut Vec<Finding>,
    ) -> Result<(Phase, Judged), EngineError> {
        let mut both = self.both.take().unwrap_or_else(|| {
            let range = Range {
                schema: Arc::clone(&self.schema),
                scope: self.scope.clone(),
                until: self.until.clone(),
                limit,
            };
            Both::after(sides, range, row.clone(), document.clone())
        });
        let compared = both.step().await?;
        let invalid = compared.invalid.iter();
        findings.extend(invalid.map(|id| Finding::of(Drift::InvalidId, id)));
        let mut judged = Judged::default();
        for ids in compared.other.chunks(MOST as usize) {
            let some = judge(sides, &self.schema, ids).await?;
            judged.in_flight.extend(some.in_flight);
            judged.findings.extend(some.findings);
        }
        self.report.rows += compared.rows + compared.invalid.len() as u64;
        self.report.documents += compared.documents;
        if self.scope.is_whole() {
            let report = &mut self.report;
            findings.extend(report.add_foreign(compared.foreign, &compared.foreign_ids));
        }
        let (row, document) = (compared.row.or(row), compared.document.or(document));
        let next = match compared.then {
            Then::On => {
                self.both = Some(both);
                Phase::Both(row, document)
            }
            Then::End if self.until.is_some() => Phase::Done,
            // What is left are documents whose `_id` is no text.
            Then::End => Phase::Documents(document.max(both.last_foreign)),
            Then::OtherOrder => {
                // What was found so far is found again, document by document.
                self.report = CollectionReport::new(&self.schema.collection);
                self.unsettled.clear();
                findings.clear();
                return Ok((Phase::Rows(None), Judged::default()));
            }
        };
        Ok((next, judged))
    }

    async fn rows(
        &mut self,
        sides: &Sides,
        after: Option<String>,
        limit: u32,
        findings: &mut Vec<Finding>,
    ) -> Result<(Phase, Judged), EngineError> {
        let page = sides.primary.states_after(
            &self.schema,
            after.as_deref(),
            self.until.as_deref(),
            self.portion.of(limit),
        );
        let page = page.await?;
        self.portion = Portion::after(page.rows());
        let invalid = page.invalid.iter().filter(|id| self.scope.has_id(id));
        findings.extend(invalid.map(|id| Finding::of(Drift::InvalidId, id)));
        self.report.rows += findings.len() as u64;
        let rows = page.states.iter().filter(|row| self.scope.has_id(row.id));
        let rows: Vec<_> = rows.map(State::from).collect();
        self.report.rows += rows.len() as u64;
        let other = differing(sides, &self.schema, rows).await?;
        let judged = judge(sides, &self.schema, &other).await?;
        let next = page
            .next
            .map_or(Phase::Documents(self.scope.after.clone()), |next| {
                Phase::Rows(Some(next))
            });
        Ok((next, judged))
    }

    async fn documents(
        &mut self,
        sides: &Sides,
        after: Option<String>,
        limit: u32,
        findings: &mut Vec<Finding>,
    ) -> Result<(Phase, Judged), EngineError> {
        let page = sides.replica.scan(&self.schema, after.as_deref(), limit);
        let page = page.await?;
        if self.scope.is_whole() {
            findings.extend(self.report.add_foreign(page.foreign, &page.foreign_ids));
        }
        let last = page.found.last().map(|last| last.id.to_string());
        let is_over = last.is_some_and(|last| {
            self.scope.until.as_deref() < Some(&last) && self.scope.until.is_some()
        });
        let found = page
            .found
            .into_iter()
            .filter(|found| self.scope.has_id(found.id.as_str()));
        let found: Vec<_> = found.collect();
        self.report.documents += found.iter().filter(|found| !found.deleted).count() as u64;
        let ids: Vec<_> = found.iter().map(|found| found.id.clone()).collect();
        let states = sides.primary.states_of(&self.schema, &ids).await?;
        let rows = states.iter().filter(|state| state.payload.is_some());
        let rows: std::collections::HashSet<_> = rows.map(|state| &state.id).collect();
        let without: Vec<_> = ids
            .iter()
            .filter(|id| !rows.contains(id))
            .cloned()
            .collect();
        let judged = judge(sides, &self.schema, &without).await?;
        let next = page.next.filter(|_| !is_over);
        Ok((
            next.map_or(Phase::Done, |next| Phase::Documents(Some(next))),
            judged,
        ))
    }

    /// Remembers what is in flight with a document of before a database was put back. At the end of the walk, when most of it has
    /// come, it is judged once more.
    fn settling(&mut self, next: Phase, in_flight: Vec<(AggregateId, Version)>) -> Phase {
        let of_before = in_flight
            .into_iter()
            .filter(|(_, document)| *document > Version::NONE && *document <= self.unproven);
        let is_again = matches!(self.phase, Phase::Again(_));
        for (id, _) in of_before {
            self.report.unsettled += 1;
            if !is_again && self.unsettled.len() < MOST_AGAIN {
                self.unsettled.push_back(id);
            }
        }
        if next == Phase::Done && !self.unsettled.is_empty() {
            return Phase::Again(std::mem::take(&mut self.unsettled));
        }
        next
    }

    async fn again(
        &mut self,
        sides: &Sides,
        mut ids: VecDeque<AggregateId>,
        limit: u32,
    ) -> Result<(Phase, Judged), EngineError> {
        let page: Vec<_> = ids.drain(..ids.len().min(limit as usize)).collect();
        let judged = judge(sides, &self.schema, &page).await?;
        // They were counted when they were met.
        let counted = page.len() as u64;
        self.report.unsettled -= counted;
        self.report.in_flight -= counted;
        let next = if ids.is_empty() {
            Phase::Done
        } else {
            Phase::Again(ids)
        };
        Ok((next, judged))
    }

    async fn ids(
        &mut self,
        sides: &Sides,
        mut ids: VecDeque<AggregateId>,
        limit: u32,
    ) -> Result<(Phase, Judged), EngineError> {
        let page: Vec<_> = ids.drain(..ids.len().min(limit as usize)).collect();
        let next = if ids.is_empty() {
            Phase::Done
        } else {
            Phase::Ids(ids)
        };
        let mut judged = self.some(sides, page).await?;
        self.report.absent.append(&mut judged.absent);
        Ok((next, judged))
    }

    /// The aggregates of a page of applied events, each once a page.
    async fn changed(
        &mut self,
        sides: &Sides,
        after: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<(Phase, Judged), EngineError> {
        let since = self.scope.since.unwrap_or_default();
        let filter = EventFilter {
            status: Some(EventStatus::Applied),
            aggregate_type: Some(self.schema.aggregate_type.to_string()),
            ..EventFilter::default()
        };
        let after = after.map(|(micros, seq)| EventCursor {
            processed_at: twinbase_core::Timestamp::from_microsecond(micros).ok(),
            seq,
        });
        let page = sides.primary.events(&filter, after.as_ref(), limit).await?;
        let full = page.len() == limit as usize;
        let last = page
            .last()
            .map(|last| (last.processed_at.unwrap_or_default(), last.at.seq));
        let later = page
            .iter()
            .filter(|event| event.processed_at.is_some_and(|at| at >= since));
        let mut ids: Vec<_> = later
            .filter_map(|event| AggregateId::new(&event.aggregate_id).ok())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.scope.has_id(id.as_str()) && self.changed.insert(id.clone()));
        let next = last.filter(|(at, _)| full && *at >= since);
        let next = next.map_or(Phase::Done, |(at, seq)| {
            Phase::Changed(Some((at.as_microsecond(), seq)))
        });
        Ok((next, self.some(sides, ids).await?))
    }

    async fn some(
        &mut self,
        sides: &Sides,
        mut ids: Vec<AggregateId>,
    ) -> Result<Judged, EngineError> {
        ids.sort_unstable();
        ids.dedup();
        let judged = judge(sides, &self.schema, &ids).await?;
        self.report.rows += judged.rows;
        self.report.documents += judged.documents;
        Ok(judged)
    }
}

/// Those rows that do not agree with their documents at first sight.
async fn differing(
    sides: &Sides,
    schema: &Schema,
    rows: Vec<State>,
) -> Result<Vec<AggregateId>, EngineError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let documents = match sides.replica.get(schema, &ids).await {
        Ok(documents) => documents,
        // One of them cannot be decoded.
        Err(ReplicaError::Unexpected { .. }) => return Ok(ids),
        Err(error) => return Err(error.into()),
    };
    let documents: std::collections::HashMap<_, Stored> =
        documents.into_iter().map(|d| (d.id.clone(), d)).collect();
    let differs = |row: &&State| {
        let document = documents.get(&row.id);
        document.is_none_or(|document| !agree(schema, row, document))
    };
    Ok(rows
        .iter()
        .filter(differs)
        .map(|row| row.id.clone())
        .collect())
}
