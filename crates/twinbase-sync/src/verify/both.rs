//! A walk through both sides at once, where the keys of the table are in the order of the documents' ids.
//!
//! # The protocol
//!
//! Rows and documents are read page by page, each side from its own place by a task of its own, and compared up to the lower of both ends.
//! A task reads the next page while the one before is compared, so neither side waits for the other.
//! No order between the reads of the two sides is needed: what is at one version on both sides and
//! equal is equal whenever each was read, and everything else is judged by its id.
//!
//! A table whose key has another order than bytes, such as a number or a text with a language's collation, is recognized by its first
//! key out of order. The walk goes on with rows alone then, each with its document, and with the documents from the start.

use std::{cmp::Ordering, collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;
use twinbase_core::{
    AggregateId, PrimaryError, Schema, State, StatePage,
    replica::{DocumentPage, RawStored},
};

use super::{Scope, compare::is_same};
use crate::{Sides, worker::EngineError};

/// What was read of both sides and is not compared yet.
#[derive(Debug)]
pub(super) struct Both {
    rows: Side<State, StatePage>,
    documents: Side<RawStored, DocumentPage>,
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
    pages: mpsc::Receiver<Ahead<P>>,
    /// Whether there is no next page.
    is_over: bool,
}

/// A page of a side, and after which key the next one begins: `None` when this is the last.
type Ahead<P> = Result<(P, Option<String>), EngineError>;

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
            rows: Side::of(rows(sides, &range, row)),
            documents: Side::of(documents(sides, &range, document)),
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
        let is_before = |key: &String| match (self.rows.is_over, &last_row) {
            (true, _) => self.rows.waiting.is_empty(),
            (false, last) => last
                .as_ref()
                .is_some_and(|last| key.as_str() <= last.as_str()),
        };
        (compared.invalid, self.invalid) = self.invalid.drain(..).partition(is_before);
        let (scope, limit) = (&self.range.scope, self.range.limit as usize);
        if let Some(page) = self.documents.next(limit).await? {
            (compared.foreign, compared.foreign_ids) = (page.foreign, page.foreign_ids);
            self.last_foreign = page.last_foreign.or(self.last_foreign.take());
            let found = page.found.into_iter();
            let in_scope = found.filter(|of| scope.has_id(of.id.as_str()));
            self.documents.waiting.extend(in_scope);
        }
        if let Some(page) = self.rows.next(limit).await? {
            let last = self.rows.waiting.back().map(|row| &row.id);
            let before = last.or(last_row.as_ref()).into_iter();
            let ids = before.chain(page.states.iter().map(|row| &row.id));
            if !ids.is_sorted_by(|one, next| one < next) {
                compared.then = Then::OtherOrder;
                return Ok(compared);
            }
            let invalid = page.invalid.into_iter().filter(|id| scope.has_id(id));
            self.invalid.extend(invalid);
            let states = page.states.into_iter();
            let in_scope = states.filter(|of| scope.has_id(of.id.as_str()));
            self.rows.waiting.extend(in_scope);
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
    const fn of(pages: mpsc::Receiver<Ahead<P>>) -> Self {
        Self {
            waiting: VecDeque::new(),
            pages,
            is_over: false,
        }
    }

    /// The next page, unless enough waits or there is none.
    async fn next(&mut self, limit: usize) -> Result<Option<P>, EngineError> {
        if self.is_over || self.waiting.len() >= limit {
            return Ok(None);
        }
        // No page is no end: whoever reads has panicked, or the program ends.
        let page = self.pages.recv().await;
        let (page, next) = page.ok_or_else(|| PrimaryError::Unavailable {
            operation: "read both sides ahead",
            source: "the task that reads has ended".into(),
        })??;
        self.is_over = next.is_none();
        Ok(Some(page))
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

/// Reads pages from a place on, until the last one or until nobody takes them any more.
fn ahead<P, F>(
    mut after: Option<String>,
    read: impl Fn(Option<String>) -> F + Send + 'static,
) -> mpsc::Receiver<Ahead<P>>
where
    P: Send + 'static,
    F: Future<Output = Ahead<P>> + Send,
{
    let (to, pages) = mpsc::channel(1);
    tokio::spawn(async move {
        // No page is read before the last one was taken.
        while let Ok(place) = to.reserve().await {
            let page = read(after.take()).await;
            if let Ok((_, next)) = &page {
                after.clone_from(next);
            }
            place.send(page);
            if after.is_none() {
                return;
            }
        }
    });
    pages
}

fn rows(sides: &Sides, range: &Range, after: Option<String>) -> mpsc::Receiver<Ahead<StatePage>> {
    let (primary, range) = (Arc::clone(&sides.primary), range.clone());
    ahead(after, move |after| {
        let (primary, range) = (Arc::clone(&primary), range.clone());
        async move {
            let (after, until) = (after.as_deref(), range.until.as_deref());
            let mut page = primary
                .states_after(&range.schema, after, until, range.limit)
                .await?;
            let next = page.next.take().filter(|next| range.has_row(next));
            Ok((page, next))
        }
    })
}

fn documents(
    sides: &Sides,
    range: &Range,
    after: Option<String>,
) -> mpsc::Receiver<Ahead<DocumentPage>> {
    let (replica, range) = (Arc::clone(&sides.replica), range.clone());
    ahead(after, move |after| {
        let (replica, range) = (Arc::clone(&replica), range.clone());
        async move {
            let mut page = replica
                .documents_after(&range.schema, after.as_deref(), range.limit)
                .await?;
            let next = page.next.take().filter(|next| range.has_document(next));
            Ok((page, next))
        }
    })
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
        let (to, pages) = mpsc::channel(1);
        let mut side = Side::<State, ()>::of(pages);
        to.send(Ok(((), Some("more".to_owned())))).await.unwrap();
        drop(to);
        assert!(matches!(side.next(10).await, Ok(Some(()))));
        assert!(side.next(10).await.is_err());
        assert!(!side.is_over);
    }
}
