//! The stages that make one document, or none, of each: `$match`, `$project` and their kin, `$skip`, `$limit`.

use std::borrow::Cow;

use super::Reshape;
use crate::Error;
use crate::expression::Context;
use crate::fault::Fault;
use crate::filter::{Compiled, Filter};
use crate::pipeline::stream::{Doc, Flow, Out, Query, Stage, Step};
use crate::projection::Projection;
use crate::value::Order;

/// A stage that needs to remember nothing between two documents.
pub(super) trait Each: std::fmt::Debug {
    fn each<'d>(&self, document: Doc<'d>, context: Context<'_>) -> Result<Option<Doc<'d>>, Fault>;
}

struct Running<'r, E> {
    stage: &'r E,
    query: &'r Query<'r>,
}

impl<E: Each> Stage for E {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Running { stage: self, query }))
    }
}

impl<E: Each> Step for Running<'_, E> {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        match self.stage.each(document, self.query.context())? {
            Some(made) => out.give(made),
            None => Ok(Flow::Continue(())),
        }
    }
}

/// `$match`.
#[derive(Debug)]
pub(crate) struct Match(Compiled);

impl Match {
    pub(crate) fn new(filter: &Filter, order: &Order) -> Result<Self, Error> {
        Ok(Self(Compiled::new(filter, order)?))
    }
}

impl Each for Match {
    fn each<'d>(&self, document: Doc<'d>, context: Context<'_>) -> Result<Option<Doc<'d>>, Fault> {
        Ok(self
            .0
            .matches(&document, context.clock)?
            .then_some(document))
    }
}

impl Each for Projection {
    fn each<'d>(&self, document: Doc<'d>, context: Context<'_>) -> Result<Option<Doc<'d>>, Fault> {
        self.apply(&document, context).map(Cow::Owned).map(Some)
    }
}

impl Each for Reshape {
    fn each<'d>(&self, document: Doc<'d>, context: Context<'_>) -> Result<Option<Doc<'d>>, Fault> {
        self.apply(&document, context).map(Cow::Owned).map(Some)
    }
}

/// `$skip`, with how many documents.
#[derive(Debug)]
pub(crate) struct Skip(pub(crate) u64);

/// `$limit`, with how many documents.
#[derive(Debug)]
pub(crate) struct Limit(pub(crate) u64);

struct Skipping(u64);
struct Limiting(u64);

impl Stage for Skip {
    fn start<'r>(&'r self, _: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Skipping(self.0)))
    }
}

impl Stage for Limit {
    fn start<'r>(&'r self, _: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Limiting(self.0)))
    }
}

impl Step for Skipping {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        if self.0 == 0 {
            return out.give(document);
        }
        self.0 -= 1;
        Ok(Flow::Continue(()))
    }
}

impl Step for Limiting {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        if self.0 == 0 {
            return Ok(Flow::Break(()));
        }
        self.0 -= 1;
        let flow = out.give(document)?;
        Ok(if self.0 == 0 { Flow::Break(()) } else { flow })
    }
}
