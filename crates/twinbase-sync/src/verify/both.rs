//! A walk through both sides at once, where the keys of the table are in the order of the documents' ids.
//!
//! # The protocol
//!
//! Rows and documents are read page by page, each side from its own place by a task of its own, and compared up to the lower of both ends.
//! A task reads the next page while the one before waits, so neither side waits for the other or for the comparison.
//! No order between the reads of the two sides is needed: what is at one version on both sides and
//! equal is equal whenever each was read, and everything else is judged by its id.
//!
//! A table whose key has another order than bytes, such as a number or a text with a language's collation, is recognized by its first
//! key out of order. The walk goes on with rows alone then, each with its document, and with the documents from the start.

use std::{cmp::Ordering, collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;
use twinbase_core::{
    AggregateId, PrimaryError, ReplicaError, Schema, State, StatePage,
    replica::{DocumentPage, RawStored},
};

use super::{Scope, compare::is_same};
use crate::{Sides, worker::EngineError};

/// What was read of both sides and is not compared yet.
#[derive(Debug)]
pub(super) struct Both {
    rows: Side<State, Result<StatePage, PrimaryError>>,
    documents: Side<RawStored, Result<DocumentPage, ReplicaError>>,
    range: Range,
    /// Keys of rows that can be no document's id.
    invalid: Vec<String>,
    /// The last id that was read and that no row can have.
    pub(super) last_foreign: Option<String>,
}

/// One side.
#[derive(Debug)]
struct Side<T, P> {
    waiting: VecDeque<T>,
    /// What is read ahead.
    pages: mpsc::Receiver<P>,
    /// Whether there is no next page.
    is_over: bool,
}

/// What a walk reads.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub(super) schema: Arc<Schema>,
    pub(super) scope: Scope,
    /// The last key of rows, in the table's own order.
    pub(super) until: Option<String>,
    /// How many rows or documents are read at once.
    pub(super) limit: u32,
}

impl Range {
    /// Whether rows come after this key that are not behind the end.
    fn has_row(&self, next: &str) -> bool {
        let until = self.scope.until.as_deref();
        until.is_none_or(|until| next <= until)
    }

    /// The same of documents.
    fn has_document(&self, next: &str) -> bool {
        self.has_row(next) && self.until.as_deref().is_none_or(|until| next <= until)
    }
}

/// What one step has compared.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) rows: u64,
    pub(super) documents: u64,
    /// The last of each, when there was one.
    pub(super) row: Option<String>,
    pub(super) document: Option<String>,
    /// What is not the same on both sides.
    pub(super) other: Vec<AggregateId>,
    /// Keys of rows that can be no document's id.
    pub(super) invalid: Vec<String>,
    /// Documents whose `_id` no row can have, and the first of them.
    pub(super) foreign: u64,
    pub(super) foreign_ids: Vec<String>,
    pub(super) then: Then,
}

/// How a walk goes on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// There is more.
    #[default]
    On,
    /// Both sides have come to their end.
    End,
    /// The table has another order of keys.
    OtherOrder,
}

impl Both {
    /// A walk that goes on after a row and after a document.
    pub(super) fn after(
        sides: &Sides,
        range: Range,
        row: Option<String>,
        document: Option<String>,
    ) -> Self {
        Self {
            rows: Side::of(rows(sides.clone(), range.clone(), row)),
            documents: Side::of(documents(sides.clone(), range.clone(), document)),
            range,
            invalid: Vec::new(),
            last_foreign: None,
        }
    }

    /// Compares what is there of both sides, and takes what comes next.
    pub(super) async fn step(&mut self) -> Result<Compared, EngineError> {
        let (rows, documents) = self.cut();
        let last_row = rows.back().map(|row| row.id.clone());
        let mut compared = compared(&self.range.schema, &rows, &documents);
        let page_of_rows = self.rows.next(&self.range).await;
        let page_of_rows = page_of_rows.map_err(|ended| PrimaryError::Unavailable {
            operation: "read rows ahead",
            source: ended.into(),
        })?;
        let page_of_documents = self.documents.next(&self.range).await;
        let page_of_documents = page_of_documents.map_err(|ended| ReplicaError::Unavailable {
            operation: "read documents ahead",
            source: ended.into(),
        })?;
        let (page_of_rows, page_of_documents) =
            (page_of_rows.transpose()?, page_of_documents.transpose()?);
        let scope = &self.range.scope;
        let is_before = |key: &String| match (self.rows.is_over, &last_row) {
            (true, _) => self.rows.waiting.is_empty(),
            (false, last) => last
                .as_ref()
                .is_some_and(|last| key.as_str() <= last.as_str()),
        };
        (compared.invalid, self.invalid) = self.invalid.drain(..).partition(is_before);
        if let Some(page) = page_of_documents {
            (compared.foreign, compared.foreign_ids) = (page.foreign, page.foreign_ids);
            self.last_foreign = page.last_foreign.or(self.last_foreign.take());
            let in_scope = page
                .found
                .into_iter()
                .filter(|of| scope.has_id(of.id.as_str()));
            self.documents.waiting.extend(in_scope);
            let is_in = |next: &String| self.range.has_document(next);
            self.documents.is_over = !page.next.as_ref().is_some_and(is_in);
        }
        if let Some(page) = page_of_rows {
            let last = self.rows.waiting.back().map(|row| &row.id);
            let before = last.or(last_row.as_ref()).into_iter();
            let ids = before.chain(page.states.iter().map(|row| &row.id));
            if !ids.is_sorted_by(|one, next| one < next) {
                compared.then = Then::OtherOrder;
                return Ok(compared);
            }
            let invalid = page.invalid.into_iter().filter(|id| scope.has_id(id));
            self.invalid.extend(invalid);
            let in_scope = page
                .states
                .into_iter()
                .filter(|of| scope.has_id(of.id.as_str()));
            self.rows.waiting.extend(in_scope);
            let is_in = |next: &String| self.range.has_row(next);
            self.rows.is_over = !page.next.as_ref().is_some_and(is_in);
        }
        let is_done = self.rows.is_done() && self.documents.is_done() && self.invalid.is_empty();
        if is_done {
            compared.then = Then::End;
        }
        Ok(compared)
    }

    /// Takes what can be compared: up to the lower end of what is known of both sides.
    fn cut(&mut self) -> (VecDeque<State>, VecDeque<RawStored>) {
        let row = self.rows.waiting.back().map(|row| &row.id);
        let document = self.documents.waiting.back().map(|document| &document.id);
        let end = match (self.rows.is_over, self.documents.is_over) {
            (true, true) => {
                let rows = std::mem::take(&mut self.rows.waiting);
                return (rows, std::mem::take(&mut self.documents.waiting));
            }
            (true, false) => document,
            (false, true) => row,
            (false, false) => row.min(document),
        };
        let Some(end) = end.cloned() else {
            return (VecDeque::new(), VecDeque::new());
        };
        (
            self.rows.up_to(|row| row.id <= end),
            self.documents.up_to(|document| document.id <= end),
        )
    }
}

impl<T, P> Side<T, P> {
    const fn of(pages: mpsc::Receiver<P>) -> Self {
        Self {
            waiting: VecDeque::new(),
            pages,
            is_over: false,
        }
    }

    /// The next page, unless enough waits. No page is no end: whoever reads has panicked, or the program ends.
    async fn next(&mut self, range: &Range) -> Result<Option<P>, &'static str> {
        if self.is_over || self.waiting.len() >= range.limit as usize {
            return Ok(None);
        }
        let page = self.pages.recv().await;
        page.map(Some).ok_or("the task that reads them has ended")
    }

    fn is_done(&self) -> bool {
        self.is_over && self.waiting.is_empty()
    }

    fn up_to(&mut self, is_it: impl FnMut(&T) -> bool) -> VecDeque<T> {
        let count = self.waiting.partition_point(is_it);
        let rest = self.waiting.split_off(count);
        std::mem::replace(&mut self.waiting, rest)
    }
}

/// Reads rows after a key, until nobody takes them any more.
fn rows(
    sides: Sides,
    range: Range,
    mut after: Option<String>,
) -> mpsc::Receiver<Result<StatePage, PrimaryError>> {
    let (to, pages) = mpsc::channel(1);
    tokio::spawn(async move {
        let (schema, until) = (&range.schema, range.until.as_deref());
        loop {
            let primary = &sides.primary;
            let page = primary.states_after(schema, after.as_deref(), until, range.limit);
            let page = page.await;
            after = page.as_ref().ok().and_then(|page| page.next.clone());
            let goes_on = after.as_ref().is_some_and(|next| range.has_row(next));
            if to.send(page).await.is_err() || !goes_on {
                return;
            }
        }
    });
    pages
}

/// The same of documents.
fn documents(
    sides: Sides,
    range: Range,
    mut after: Option<String>,
) -> mpsc::Receiver<Result<DocumentPage, ReplicaError>> {
    let (to, pages) = mpsc::channel(1);
    tokio::spawn(async move {
        let schema = &range.schema;
        loop {
            let replica = &sides.replica;
            let page = replica.documents_after(schema, after.as_deref(), range.limit);
            let page = page.await;
            after = page.as_ref().ok().and_then(|page| page.next.clone());
            let goes_on = after.as_ref().is_some_and(|next| range.has_document(next));
            if to.send(page).await.is_err() || !goes_on {
                return;
            }
        }
    });
    pages
}

/// Compares rows and documents in the order of their ids.
fn compared(schema: &Schema, rows: &VecDeque<State>, documents: &VecDeque<RawStored>) -> Compared {
    let mut compared = Compared {
        rows: rows.len() as u64,
        row: rows.back().map(|row| row.id.to_string()),
        document: documents.back().map(|document| document.id.to_string()),
        ..Compared::default()
    };
    let (mut rows, mut documents) = (rows.iter().peekable(), documents.iter().peekable());
    loop {
        let order = match (rows.peek(), documents.peek()) {
            (None, None) => return compared,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(row), Some(document)) => row.id.cmp(&document.id),
        };
        let row = rows.next_if(|_| order.is_le());
        let document = documents.next_if(|_| order.is_ge());
        let is_document = document.is_some_and(|document| document.bytes.is_some());
        compared.documents += u64::from(is_document);
        let is_same = match (row, document) {
            (Some(row), Some(document)) => is_same(schema, row, document),
            _ => false,
        };
        if !is_same {
            let of = row
                .map(|row| &row.id)
                .or(document.map(|document| &document.id));
            compared.other.extend(of.cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_ended_without_a_last_page_is_no_end() {
        let (to, pages) = mpsc::channel::<()>(1);
        let mut side = Side::<State, ()>::of(pages);
        to.send(()).await.unwrap();
        drop(to);
        let range = Range {
            schema: twinbase_core::HEARTBEAT.clone(),
            scope: Scope::default(),
            until: None,
            limit: 10,
        };
        assert_eq!(side.next(&range).await, Ok(Some(())));
        assert!(side.next(&range).await.is_err());
        assert!(!side.is_over);
    }
}
