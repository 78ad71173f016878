//! A walk through both sides at once, where the keys of the table are in the order of the documents' ids.
//!
//! # The protocol
//!
//! Rows and documents are read page by page, each side from its own place by a task of its own, and compared up to the lower of both ends.
//! A task reads the next pages while those before are compared, so neither side waits for the other.
//! No order between the reads of the two sides is needed: what is at one version on both sides and
//! equal is equal whenever each was read, and everything else is judged by its id.
//!
//! A table whose key has another order than bytes, such as a number or a text with a language's collation, is recognized by its first
//! key out of order. The walk goes on with rows alone then, each with its document, and with the documents from the start.

use std::{cmp::Ordering, sync::Arc};

use twinbase_core::{
    AggregateId, Contents, Entry, Packed, Schema, StatePage,
    primary::PrimaryKind,
    replica::{DocumentPage, ReplicaKind},
};

use super::{Portion, ReadAhead, Scope, compare::is_same};
use crate::{Sides, worker::EngineError};

/// The most rows or documents of a page from a file: two small ones that are ready keep both sides busier than one large one.
const MOST_OF_FILE: u32 = 1_000;

/// What was read of both sides and is not compared yet.
#[derive(Debug)]
pub(super) struct Both {
    rows: Side<String, StatePage>,
    documents: Side<Vec<u8>, DocumentPage>,
    range: Range,
    /// The last row that was compared.
    last_row: Option<String>,
    /// Keys of rows that can be no document's id, which are behind it.
    invalid: Vec<String>,
    /// The last id that was read and that no row can have.
    pub(super) last_foreign: Option<String>,
}

/// One side.
#[derive(Debug)]
struct Side<C, P> {
    /// The page that is compared.
    page: Packed<C>,
    /// How much of it was compared.
    at: usize,
    /// What is read ahead.
    pages: ReadAhead<P>,
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
            rows: Side::of(rows(sides, &range, row)),
            documents: Side::of(documents(sides, &range, document)),
            range,
            last_row: None,
            invalid: Vec::new(),
            last_foreign: None,
        }
    }

    /// Takes the next page of a side that was compared, and compares until a side has to be read on.
    pub(super) async fn step(&mut self) -> Result<Compared, EngineError> {
        let mut compared = Compared::default();
        if let Some(page) = self.documents.next().await? {
            (compared.foreign, compared.foreign_ids) = (page.foreign, page.foreign_ids);
            self.last_foreign = page.last_foreign.or(self.last_foreign.take());
            self.documents.begin(page.found);
        }
        if let Some(page) = self.rows.next().await? {
            let before = self.last_row.as_deref().into_iter();
            let ids = before.chain(page.states.iter().map(|row| row.id));
            if !ids.is_sorted_by(|one, next| one < next) {
                compared.then = Then::OtherOrder;
                return Ok(compared);
            }
            let invalid = page.invalid.into_iter();
            self.invalid
                .extend(invalid.filter(|id| self.range.scope.has_id(id)));
            self.rows.begin(page.states);
        }
        self.compare(&mut compared);
        let last = compared.row.clone().or(self.last_row.take());
        let is_before = |key: &String| self.rows.is_done() || last.as_ref() >= Some(key);
        (compared.invalid, self.invalid) = self.invalid.drain(..).partition(is_before);
        self.last_row = last;
        if self.rows.is_done() && self.documents.is_done() {
            compared.then = Then::End;
        }
        Ok(compared)
    }

    /// Compares in the order of ids, until all of a page was compared.
    fn compare(&mut self, compared: &mut Compared) {
        let Self {
            rows,
            documents,
            range,
            ..
        } = self;
        let before = (rows.at, documents.at);
        loop {
            let order = match (rows.first(), documents.first()) {
                (None, None) => break,
                (None, _) if !rows.is_over => break,
                (_, None) if !documents.is_over => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(row), Some(document)) => row.id.cmp(document.id),
            };
            let row = order.is_le().then(|| rows.take()).flatten();
            let document = order.is_ge().then(|| documents.take()).flatten();
            compared.add(range, row.as_ref(), document.as_ref());
        }
        compared.row = rows.last_since(before.0);
        compared.document = documents.last_since(before.1);
    }
}

impl Compared {
    /// Counts a row and a document of one id, or one of them.
    fn add(
        &mut self,
        range: &Range,
        row: Option<&Entry<'_, str>>,
        document: Option<&Entry<'_, [u8]>>,
    ) {
        let id = row.map(|row| row.id).or(document.map(|of| of.id));
        if !id.is_some_and(|id| range.scope.has_id(id)) {
            return;
        }
        self.rows += u64::from(row.is_some());
        self.documents += u64::from(document.is_some_and(|of| of.content.is_some()));
        let is_same = match (row, document) {
            (Some(row), Some(document)) => is_same(&range.schema, row, document),
            _ => false,
        };
        if !is_same {
            let of = row.map(Entry::aggregate_id);
            self.other.extend(of.or(document.map(Entry::aggregate_id)));
        }
    }
}

impl<C: Contents, P> Side<C, P> {
    fn of(pages: ReadAhead<P>) -> Self {
        Self {
            page: Packed::default(),
            at: 0,
            pages,
            is_over: false,
        }
    }

    fn begin(&mut self, page: Packed<C>) {
        (self.page, self.at) = (page, 0);
    }

    /// The next page, unless something of this one is left or there is none.
    async fn next(&mut self) -> Result<Option<P>, EngineError> {
        if self.is_over || self.first().is_some() {
            return Ok(None);
        }
        let (page, next) = self.pages.next().await?;
        self.is_over = next.is_none();
        Ok(Some(page))
    }

    /// The first that was not compared.
    fn first(&self) -> Option<Entry<'_, C::Content>> {
        self.page.get(self.at)
    }

    /// The same, which is compared now.
    fn take(&mut self) -> Option<Entry<'_, C::Content>> {
        self.at += 1;
        self.page.get(self.at - 1)
    }

    /// The last that was compared, if any was since that place of the page.
    fn last_since(&self, at: usize) -> Option<String> {
        let last = self.at.checked_sub(1).filter(|last| *last >= at)?;
        self.page.get(last).map(|last| last.id.to_owned())
    }

    fn is_done(&self) -> bool {
        self.is_over && self.first().is_none()
    }
}

fn rows(sides: &Sides, range: &Range, after: Option<String>) -> ReadAhead<StatePage> {
    let (primary, range) = (Arc::clone(&sides.primary), range.clone());
    let limit = match primary.kind() {
        PrimaryKind::Sqlite => range.limit.min(MOST_OF_FILE),
        PrimaryKind::Postgres | PrimaryKind::Cockroach => range.limit,
    };
    ReadAhead::of(after, Portion::UNKNOWN, limit, move |after, limit| {
        let (primary, range) = (Arc::clone(&primary), range.clone());
        async move {
            let (after, until) = (after.as_deref(), range.until.as_deref());
            let page = primary.states_after(&range.schema, after, until, limit);
            let mut page = page.await?;
            let next = page.next.take().filter(|next| range.has_row(next));
            Ok((page, next))
        }
    })
}

fn documents(sides: &Sides, range: &Range, after: Option<String>) -> ReadAhead<DocumentPage> {
    let (replica, range) = (Arc::clone(&sides.replica), range.clone());
    let limit = match replica.kind() {
        ReplicaKind::Embedded => range.limit.min(MOST_OF_FILE),
        ReplicaKind::Mongo => range.limit,
    };
    ReadAhead::of(after, Portion::ALL, limit, move |after, limit| {
        let (replica, range) = (Arc::clone(&replica), range.clone());
        async move {
            let page = replica.documents_after(&range.schema, after.as_deref(), limit);
            let mut page = page.await?;
            let next = page.next.take().filter(|next| range.has_document(next));
            Ok((page, next))
        }
    })
}
