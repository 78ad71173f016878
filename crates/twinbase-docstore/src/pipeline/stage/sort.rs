//! `$sort` of what stages made, and of the first few documents of a collection without an index.

use std::borrow::Cow;
use std::collections::BinaryHeap;

use bson::raw::RawDocumentBuf;

use crate::fault::Fault;
use crate::pipeline::stream::{Doc, Flow, Held, Out, Query, Stage, Step};
use crate::sort::{Compound, Key};
use crate::value::Order;

/// A sort, and how many of the first documents are wanted.
#[derive(Debug)]
pub(crate) struct Sort {
    keys: Compound,
    kept: Option<usize>,
}

impl Sort {
    pub(crate) fn new(keys: Vec<Key>, kept: Option<u64>) -> Self {
        Self {
            keys: Compound::new(keys),
            kept: kept.and_then(|kept| usize::try_from(kept).ok()),
        }
    }
}

/// The number of a document keeps equal ones in the order in which they came.
type Entry = (Vec<u8>, u64, Bytes);

/// A document, which has no order of its own: the number before it is unique.
struct Bytes(RawDocumentBuf);

impl PartialEq for Bytes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

struct Sorting<'r> {
    stage: &'r Sort,
    order: &'r Order,
    count: u64,
    /// The largest on top, which goes first where only some are kept.
    entries: BinaryHeap<Entry>,
    held: Held<'r>,
    /// The key of the document that comes: most of them are not among the first few.
    key: Vec<u8>,
}

impl Stage for Sort {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Sorting {
            stage: self,
            order: query.clock.order(),
            count: 0,
            entries: BinaryHeap::new(),
            held: query.hold(),
            key: Vec::new(),
        }))
    }
}

fn size((key, _, document): &Entry) -> usize {
    key.len() + document.0.as_bytes().len() + size_of::<Entry>()
}

impl Step for Sorting<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        self.key.clear();
        self.stage
            .keys
            .write_key(&document, self.order, &mut self.key)?;
        if let Some(kept) = self.stage.kept
            && self.entries.len() >= kept
        {
            if self
                .entries
                .peek()
                .is_none_or(|(largest, ..)| *largest <= self.key)
            {
                return Ok(Flow::Continue(()));
            }
            if let Some(largest) = self.entries.pop() {
                self.held.give_back(size(&largest));
            }
        }
        let entry = (self.key.clone(), self.count, Bytes(document.into_owned()));
        self.count += 1;
        self.held.take(size(&entry))?;
        self.entries.push(entry);
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        for (_, _, document) in std::mem::take(&mut self.entries).into_sorted_vec() {
            if out.give(Cow::Owned(document.0))?.is_break() {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }
}
