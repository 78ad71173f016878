//! Verification: every row against its document, without a pause and without false alarms.
//!
//! # The protocol
//!
//! A row and its head are read in one snapshot, then the document. At equal
//! versions the contents must be equal. A newer document is ahead of the
//! snapshot, which is no fault if the head is there too when it is read again. An older or missing one is *suspect*: either an
//! event for it is still on its way, or it was lost. So for suspects the primary
//! is asked whether an event waits for them, and only when none does, the
//! document is read once more: an event is marked after it was applied, so what
//! is still old now is drift. The same, the other way round, for documents that
//! have no row.
//!
//! Both passes go page by page in id order. A page of rows is as long as its bytes allow; the pass over documents reads ids
//! and versions alone. What cannot be read is a finding about that document or that collection: the walk goes on.

mod compare;
mod report;

use std::collections::{HashMap, HashSet};

use twinbase_core::{
    AggregateId, ReplicaError, Schema, State, Version,
    replica::{Applied, Stored},
};

pub use report::{CollectionReport, Drift, Sample, VerifyReport};

use crate::{Sides, error_chain, worker::EngineError};
use compare::{Finding, has_no_row, head, row_against_document};

/// The most rows or documents of one page: keeps id lists short.
const MOST: u32 = 500;

/// Compares every row and every document. `progress` gets the collection and
/// how many rows and documents of it have been compared.
///
/// # Errors
/// The first error, when no collection could be compared to its end. One that fails alone is
/// [`CollectionReport::error`], and the others are compared all the same.
pub async fn verify(
    sides: &Sides,
    mut progress: impl FnMut(&str, u64) + Send,
) -> Result<VerifyReport, EngineError> {
    let (mut collections, mut first_error) = (Vec::new(), None);
    for schema in sides.registry.iter() {
        let mut pass = Pass {
            sides,
            schema,
            report: CollectionReport {
                collection: schema.collection.clone(),
                ..CollectionReport::default()
            },
            progress: &mut progress,
        };
        if let Err(error) = pass.both_ways().await {
            pass.report.error = Some(format!("{}. {}", error_chain(&error), error.remedy()));
            first_error.get_or_insert(error);
        }
        collections.push(pass.report);
    }
    match first_error {
        Some(error) if collections.iter().all(|report| report.error.is_some()) => Err(error),
        _ => Ok(VerifyReport { collections }),
    }
}

struct Pass<'a> {
    sides: &'a Sides,
    schema: &'a Schema,
    report: CollectionReport,
    progress: &'a mut (dyn FnMut(&str, u64) + Send),
}

/// What the replica has of some ids.
#[derive(Default)]
struct Found {
    documents: HashMap<AggregateId, Stored>,
    unreadable: HashSet<AggregateId>,
}

impl Pass<'_> {
    async fn both_ways(&mut self) -> Result<(), EngineError> {
        self.rows().await?;
        self.documents().await
    }

    async fn rows(&mut self) -> Result<(), EngineError> {
        let mut after: Option<String> = None;
        loop {
            let page = self
                .sides
                .primary
                .states_after(self.schema, after.as_deref(), MOST)
                .await?;
            self.report.rows += page.states.len() as u64 + page.invalid.len() as u64;
            for id in &page.invalid {
                self.report.add(Drift::InvalidId, id);
            }
            self.compare_rows(page.states).await?;
            (self.progress)(&self.schema.collection, self.report.compared());
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn compare_rows(&mut self, rows: Vec<State>) -> Result<(), EngineError> {
        let mut ahead = Vec::new();
        let suspects = self.compare(rows, &mut ahead).await?;
        let settled = self.leave_in_flight(suspects, |(row, _)| &row.id).await?;
        // Nothing waits for these: whatever was applied is there now.
        let settled = settled.into_iter().map(|(row, _)| row).collect();
        for (row, drift) in self.compare(settled, &mut ahead).await? {
            self.report.add(drift, row.id.as_str());
        }
        self.compare_ahead(&ahead).await
    }

    /// Compares rows with their documents; returns those that differ unless an event is on its way.
    async fn compare(
        &mut self,
        rows: Vec<State>,
        ahead: &mut Vec<(AggregateId, Version)>,
    ) -> Result<Vec<(State, Drift)>, EngineError> {
        let found = self.found(rows.iter().map(|row| &row.id)).await?;
        let mut suspects = Vec::new();
        for row in rows {
            if found.unreadable.contains(&row.id) {
                self.report.add(Drift::Unreadable, row.id.as_str());
                continue;
            }
            match row_against_document(self.schema, &row, found.documents.get(&row.id)) {
                Finding::Agrees => {}
                Finding::Ahead(version) => ahead.push((row.id, version)),
                Finding::Drift(drift) => self.report.add(drift, row.id.as_str()),
                Finding::Suspect(drift) => suspects.push((row, drift)),
            }
        }
        Ok(suspects)
    }

    /// Documents that were newer than their row a moment ago: the head must have
    /// got there by now, else their version is not from this primary.
    async fn compare_ahead(&mut self, ahead: &[(AggregateId, Version)]) -> Result<(), EngineError> {
        let states = self.states_of(ahead.iter().map(|(id, _)| id)).await?;
        for (id, version) in ahead {
            if head(states.get(id)) < *version {
                self.report.add(Drift::Different, id.as_str());
            }
        }
        Ok(())
    }

    async fn documents(&mut self) -> Result<(), EngineError> {
        let mut after: Option<String> = None;
        loop {
            let page = self
                .sides
                .replica
                .scan(self.schema, after.as_deref(), MOST)
                .await?;
            self.report.add_foreign(page.foreign, &page.foreign_ids);
            let found = page.found.into_iter();
            let documents: Vec<_> = found.filter(|applied| !applied.deleted).collect();
            self.report.documents += documents.len() as u64;
            self.compare_documents(documents).await?;
            (self.progress)(&self.schema.collection, self.report.compared());
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn compare_documents(&mut self, documents: Vec<Applied>) -> Result<(), EngineError> {
        let states = self.states_of(documents.iter().map(|d| &d.id)).await?;
        let without_row: Vec<_> = documents
            .into_iter()
            .filter(|document| has_no_row(states.get(&document.id)))
            .collect();
        let settled = self.leave_in_flight(without_row, |d| &d.id).await?;
        if settled.is_empty() {
            return Ok(());
        }
        // Nothing up to the head that was read waits for these, so what is not
        // newer than it should be gone. A row may come and go meanwhile: what
        // is newer is a fault only if the head has not got there either.
        let ids: Vec<_> = settled.into_iter().map(|document| document.id).collect();
        let documents = self.sides.replica.versions(self.schema, &ids).await?;
        let after = self.states_of(documents.iter().map(|d| &d.id)).await?;
        for Applied { id, version, .. } in documents.iter().filter(|d| !d.deleted) {
            let old = *version <= head(states.get(id));
            let impossible = *version > head(after.get(id));
            if has_no_row(after.get(id)) && (old || impossible) {
                self.report.add(Drift::Extra, id.as_str());
            }
        }
        Ok(())
    }

    /// Leaves out the items that an event waits for, and counts them.
    async fn leave_in_flight<T>(
        &mut self,
        items: Vec<T>,
        id: impl Fn(&T) -> &AggregateId,
    ) -> Result<Vec<T>, EngineError> {
        if items.is_empty() {
            return Ok(items);
        }
        let ids: Vec<_> = items.iter().map(|item| id(item).clone()).collect();
        let waiting = self.sides.primary.unapplied(self.schema, &ids).await?;
        let all = items.len();
        let settled: Vec<_> = items
            .into_iter()
            .filter(|item| !waiting.contains(id(item)))
            .collect();
        self.report.in_flight += (all - settled.len()) as u64;
        Ok(settled)
    }

    /// The documents of these ids. When one cannot be read, all are read one by one to find it.
    async fn found<'i>(
        &self,
        ids: impl Iterator<Item = &'i AggregateId>,
    ) -> Result<Found, EngineError> {
        let ids: Vec<_> = ids.cloned().collect();
        let mut found = Found::default();
        if ids.is_empty() {
            return Ok(found);
        }
        let mut documents = Vec::new();
        match self.sides.replica.get(self.schema, &ids).await {
            Ok(all) => documents = all,
            Err(ReplicaError::Unexpected { .. }) => {
                for id in ids {
                    let one = std::slice::from_ref(&id);
                    match self.sides.replica.get(self.schema, one).await {
                        Ok(one) => documents.extend(one),
                        Err(ReplicaError::Unexpected { .. }) => {
                            found.unreadable.insert(id);
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
        found.documents = documents.into_iter().map(|d| (d.id.clone(), d)).collect();
        Ok(found)
    }

    async fn states_of<'i>(
        &self,
        ids: impl Iterator<Item = &'i AggregateId>,
    ) -> Result<HashMap<AggregateId, State>, EngineError> {
        let ids: Vec<_> = ids.cloned().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let states = self.sides.primary.states_of(self.schema, &ids).await?;
        Ok(states.into_iter().map(|s| (s.id.clone(), s)).collect())
    }
}
