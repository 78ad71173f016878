//! Documents on their way through stages: each stage takes a document and gives what it makes of it to the next one.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Debug;
use std::ops::ControlFlow;

use bson::raw::RawDocument;
use rusqlite::Connection;

use crate::expression::Context;
use crate::fault::Fault;
use crate::store::Clock;
use crate::{Error, Options};

/// Whether more documents are wanted.
pub(crate) type Flow = ControlFlow<()>;

/// A document that a stage may keep as it is or own.
pub(crate) type Doc<'d> = Cow<'d, RawDocument>;

/// Gets what comes out at the end.
pub(crate) type Sink<'k> = &'k mut dyn FnMut(Doc<'_>) -> Result<Flow, Fault>;

/// A running query: the snapshot that it reads and its bounds.
#[derive(Debug)]
pub(crate) struct Query<'q> {
    pub(crate) connection: &'q Connection,
    pub(crate) options: &'q Options,
    pub(crate) clock: &'q Clock,
    memory: Cell<usize>,
    /// Of the document that is on its way from a search.
    score: Cell<Option<f64>>,
}

impl<'q> Query<'q> {
    pub(crate) fn new(connection: &'q Connection, options: &'q Options, clock: &'q Clock) -> Self {
        Self {
            connection,
            options,
            clock,
            memory: Cell::new(0),
            score: Cell::new(None),
        }
    }

    /// The next document is on its way, with its score.
    pub(crate) fn set_score(&self, score: f64) {
        self.score.set(Some(score));
    }

    /// What expressions are told of the document that is on its way. Which stages may ask for its score is checked before.
    pub(crate) fn context(&self) -> Context<'q> {
        Context {
            clock: self.clock,
            score: self.score.get(),
        }
    }

    /// Memory of the query's budget, of which nothing is used yet.
    pub(crate) fn hold(&self) -> Held<'_> {
        Held {
            used: &self.memory,
            limit: self.options.max_memory_bytes,
            own: 0,
        }
    }
}

/// What one stage holds of the query's memory, given back when the stage ends.
#[derive(Debug)]
pub(crate) struct Held<'q> {
    used: &'q Cell<usize>,
    limit: usize,
    own: usize,
}

impl Held<'_> {
    /// Takes more, or says that the query has no more.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Fault> {
        let used = self.used.get().saturating_add(bytes);
        if used > self.limit {
            return Err(Error::QueryTooLarge {
                what: "bytes in memory",
                limit: self.limit,
            }
            .into());
        }
        self.used.set(used);
        self.own += bytes;
        Ok(())
    }

    pub(crate) fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.own);
        self.own -= bytes;
        self.used.set(self.used.get() - bytes);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.give_back(self.own);
    }
}

/// A parsed stage. It can be started any number of times.
pub(crate) trait Stage: Debug {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault>;
}

/// A stage at work.
pub(crate) trait Step {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault>;

    /// No document follows: a stage that waited for the last one gives what it has.
    fn finish(&mut self, _out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        Ok(Flow::Continue(()))
    }
}

/// Where a step gives its documents: the steps after it, and what comes after the last.
pub(crate) struct Out<'o, 's> {
    rest: &'o mut [Box<dyn Step + 's>],
    sink: &'o mut dyn FnMut(Doc<'_>) -> Result<Flow, Fault>,
    clock: &'o Clock,
}

impl Out<'_, '_> {
    /// Every document asks the clock, so that what a stage multiplies is bounded too.
    pub(crate) fn give(&mut self, document: Doc<'_>) -> Result<Flow, Fault> {
        let Some((first, rest)) = self.rest.split_first_mut() else {
            return (self.sink)(document);
        };
        self.clock.ask()?;
        let mut out = Out {
            rest,
            sink: &mut *self.sink,
            clock: self.clock,
        };
        first.take(document, &mut out)
    }
}

/// Stages that have been started, one after another.
pub(crate) struct Chain<'s> {
    steps: Vec<Box<dyn Step + 's>>,
    clock: &'s Clock,
}

impl<'s> Chain<'s> {
    pub(crate) fn start(stages: &'s [Box<dyn Stage>], query: &'s Query<'s>) -> Result<Self, Fault> {
        Ok(Self {
            steps: stages
                .iter()
                .map(|stage| stage.start(query))
                .collect::<Result<_, _>>()?,
            clock: query.clock,
        })
    }

    pub(crate) fn take(&mut self, document: Doc<'_>, sink: Sink<'_>) -> Result<Flow, Fault> {
        Out {
            rest: &mut self.steps,
            sink,
            clock: self.clock,
        }
        .give(document)
    }

    pub(crate) fn finish(&mut self, sink: Sink<'_>) -> Result<(), Fault> {
        let mut rest = self.steps.as_mut_slice();
        while let Some((step, after)) = rest.split_first_mut() {
            // Where no more is wanted, the steps behind have what they need, and still give what they made of it.
            let _ = step.finish(&mut Out {
                rest: after,
                sink,
                clock: self.clock,
            })?;
            rest = after;
        }
        Ok(())
    }
}
