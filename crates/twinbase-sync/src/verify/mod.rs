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
//! Both passes go page by page in id order, in bounded memory.

mod compare;
mod report;

use std::collections::HashMap;

use twinbase_core::{
    AggregateId, PrimaryError, ReplicaError, Schema, State, Version, replica::Stored,
};

pub use report::{CollectionReport, Drift, VerifyReport};

use crate::Sides;
use compare::{Finding, has_no_row, head, row_against_document};

/// Rows or documents of one page: bounds memory, and keeps id lists short.
const PAGE: u32 = 500;

/// Why a verification could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The primary did not answer.
    #[error("verification could not read the primary")]
    Primary(#[from] PrimaryError),
    /// The replica did not answer.
    #[error("verification could not read the replica")]
    Replica(#[from] ReplicaError),
}

/// Compares every row and every document. `progress` is told the collection and
/// how many rows and documents of it have been looked at.
pub async fn verify(
    sides: &Sides,
    mut progress: impl FnMut(&'static str, u64) + Send,
) -> Result<VerifyReport, VerifyError> {
    let mut collections = Vec::new();
    for schema in sides.registry.iter() {
        let mut pass = Pass {
            sides,
            schema,
            report: CollectionReport::new(schema.collection),
        };
        pass.rows(&mut progress).await?;
        pass.documents(&mut progress).await?;
        collections.push(pass.report);
    }
    Ok(VerifyReport { collections })
}

struct Pass<'a> {
    sides: &'a Sides,
    schema: &'static Schema,
    report: CollectionReport,
}

impl Pass<'_> {
    async fn rows(
        &mut self,
        progress: &mut (impl FnMut(&'static str, u64) + Send),
    ) -> Result<(), VerifyError> {
        let mut after: Option<AggregateId> = None;
        loop {
            let rows = self
                .sides
                .primary
                .states_after(self.schema, after.as_ref(), PAGE)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = Some(last.id.clone());
            self.report.rows += rows.len() as u64;
            self.compare_rows(rows).await?;
            progress(self.schema.collection, self.report.looked_at());
        }
    }

    async fn compare_rows(&mut self, rows: Vec<State>) -> Result<(), VerifyError> {
        let documents = self.documents_of(rows.iter().map(|row| &row.id)).await?;
        let (mut suspects, mut ahead) = (Vec::new(), Vec::new());
        for row in rows {
            match row_against_document(self.schema, &row, documents.get(&row.id)) {
                Finding::Agrees => {}
                Finding::Ahead(version) => ahead.push((row.id, version)),
                Finding::Drift(drift) => self.report.add(drift, &row.id),
                Finding::Suspect(_) => suspects.push(row),
            }
        }
        let settled = self.leave_in_flight(suspects, |row| &row.id).await?;
        // Nothing waits for these: whatever was applied is there now.
        let documents = self.documents_of(settled.iter().map(|row| &row.id)).await?;
        for row in settled {
            match row_against_document(self.schema, &row, documents.get(&row.id)) {
                Finding::Agrees => {}
                Finding::Ahead(version) => ahead.push((row.id, version)),
                Finding::Drift(drift) | Finding::Suspect(drift) => self.report.add(drift, &row.id),
            }
        }
        self.compare_ahead(&ahead).await
    }

    /// Documents that were newer than their row a moment ago: the head must have
    /// got there by now, else their version is not from this primary.
    async fn compare_ahead(&mut self, ahead: &[(AggregateId, Version)]) -> Result<(), VerifyError> {
        let states = self.states_of(ahead.iter().map(|(id, _)| id)).await?;
        for (id, version) in ahead {
            if head(states.get(id)) < *version {
                self.report.add(Drift::Different, id);
            }
        }
        Ok(())
    }

    async fn documents(
        &mut self,
        progress: &mut (impl FnMut(&'static str, u64) + Send),
    ) -> Result<(), VerifyError> {
        let mut after: Option<AggregateId> = None;
        loop {
            let stored = self
                .sides
                .replica
                .scan(self.schema, after.as_ref(), PAGE)
                .await?;
            let Some(last) = stored.last() else {
                return Ok(());
            };
            after = Some(last.id.clone());
            let documents: Vec<_> = stored
                .into_iter()
                .filter(|stored| stored.document.is_some())
                .collect();
            self.report.documents += documents.len() as u64;
            self.compare_documents(documents).await?;
            progress(self.schema.collection, self.report.looked_at());
        }
    }

    async fn compare_documents(&mut self, documents: Vec<Stored>) -> Result<(), VerifyError> {
        let states = self.states_of(documents.iter().map(|d| &d.id)).await?;
        let without_row: Vec<_> = documents
            .into_iter()
            .filter(|document| has_no_row(states.get(&document.id)))
            .collect();
        let settled = self.leave_in_flight(without_row, |d| &d.id).await?;
        // Nothing up to the head that was seen waits for these, so what is not
        // newer than it should be gone. A row may come and go while we look: what
        // is newer is a fault only if the head has not got there either.
        let documents = self.documents_of(settled.iter().map(|d| &d.id)).await?;
        let after = self.states_of(documents.keys()).await?;
        for (id, stored) in documents.iter().filter(|(_, d)| d.document.is_some()) {
            let old = stored.version <= head(states.get(id));
            let impossible = stored.version > head(after.get(id));
            if has_no_row(after.get(id)) && (old || impossible) {
                self.report.add(Drift::Extra, id);
            }
        }
        Ok(())
    }

    /// Leaves out the items that an event waits for, and counts them.
    async fn leave_in_flight<T>(
        &mut self,
        items: Vec<T>,
        id: impl Fn(&T) -> &AggregateId,
    ) -> Result<Vec<T>, VerifyError> {
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

    async fn documents_of<'i>(
        &self,
        ids: impl Iterator<Item = &'i AggregateId>,
    ) -> Result<HashMap<AggregateId, Stored>, VerifyError> {
        let ids: Vec<_> = ids.cloned().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let documents = self.sides.replica.get(self.schema, &ids).await?;
        Ok(documents.into_iter().map(|d| (d.id.clone(), d)).collect())
    }

    async fn states_of<'i>(
        &self,
        ids: impl Iterator<Item = &'i AggregateId>,
    ) -> Result<HashMap<AggregateId, State>, VerifyError> {
        let ids: Vec<_> = ids.cloned().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let states = self.sides.primary.states_of(self.schema, &ids).await?;
        Ok(states.into_iter().map(|s| (s.id.clone(), s)).collect())
    }
}
