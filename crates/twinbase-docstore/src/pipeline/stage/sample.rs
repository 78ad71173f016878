//! `$sample`: some of the documents, each equally likely.

use std::borrow::Cow;

use bson::raw::RawDocumentBuf;
use rand::Rng;
use rand::rngs::ThreadRng;

use crate::fault::Fault;
use crate::pipeline::stream::{Doc, Flow, Held, Out, Query, Stage, Step};

/// How many documents are wanted.
#[derive(Debug)]
pub(crate) struct Sample(pub(super) usize);

/// Vitter's algorithm R: of n documents each stays with the same chance.
struct Sampling<'r> {
    size: usize,
    seen: usize,
    kept: Vec<RawDocumentBuf>,
    random: ThreadRng,
    held: Held<'r>,
}

impl Stage for Sample {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Sampling {
            size: self.0,
            seen: 0,
            kept: Vec::new(),
            random: rand::rng(),
            held: query.hold(),
        }))
    }
}

impl Step for Sampling<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        self.seen += 1;
        if self.kept.len() < self.size {
            self.held.take(document.as_bytes().len())?;
            self.kept.push(document.into_owned());
            return Ok(Flow::Continue(()));
        }
        let place = self.random.random_range(0..self.seen);
        if let Some(old) = self.kept.get_mut(place) {
            self.held.give_back(old.as_bytes().len());
            self.held.take(document.as_bytes().len())?;
            *old = document.into_owned();
        }
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        for document in std::mem::take(&mut self.kept) {
            if out.give(Cow::Owned(document))?.is_break() {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }
}
