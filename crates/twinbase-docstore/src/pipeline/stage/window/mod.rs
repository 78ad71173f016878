//! `$setWindowFields`: values of a document that are computed from its neighbours in a sorted partition.

mod frame;
mod parse;

use std::borrow::Cow;
use std::ops::Range;

use bson::Document;
use bson::raw::{CString, RawBson, RawDocumentBuf};

use self::frame::Frame;
use super::fields::with_fields;
use crate::Error;
use crate::expression::Expression;
use crate::fault::Fault;
use crate::path::{Path, evaluate};
use crate::pipeline::accumulator::{Accumulator, State};
use crate::pipeline::stream::{Doc, Flow, Held, Out, Query, Stage, Step};
use crate::sort::Compound;
use crate::value::key_of;

/// A parsed `$setWindowFields`.
#[derive(Debug)]
pub(crate) struct Window {
    partition: Expression,
    /// The first path of the sort, by which ranges are measured.
    first: Option<Path>,
    order: Compound,
    fields: Vec<(CString, Function)>,
}

/// What is computed for one field.
#[derive(Debug)]
enum Function {
    Rank,
    DenseRank,
    Number,
    Shift {
        output: Expression,
        by: i64,
        default: Expression,
    },
    Over(Accumulator, Frame),
}

impl Window {
    pub(super) fn parse(spec: &Document) -> Result<Self, Error> {
        parse::parse(spec)
    }
}

/// A document with what it is sorted by: its partition, then its place.
struct Entry {
    partition: Vec<u8>,
    order: Vec<u8>,
    document: RawDocumentBuf,
}

struct Running<'r> {
    stage: &'r Window,
    query: &'r Query<'r>,
    entries: Vec<Entry>,
    held: Held<'r>,
}

impl Stage for Window {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Running {
            stage: self,
            query,
            entries: Vec::new(),
            held: query.hold(),
        }))
    }
}

impl Step for Running<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let partition = self.stage.partition.evaluate(&document, self.query.clock)?;
        let partition = partition.unwrap_or(RawBson::Null);
        if matches!(partition, RawBson::Array(_)) {
            return Err(Error::InvalidQuery {
                operator: "$setWindowFields".to_owned(),
                path: "partitionBy".to_owned(),
                reason: "gives no array".to_owned(),
            }
            .into());
        }
        let entry = Entry {
            partition: key_of(partition.as_raw_bson_ref(), self.query.clock.order())?,
            order: self.stage.order.key(&document, self.query.clock.order())?,
            document: document.into_owned(),
        };
        self.held.take(
            size_of::<Entry>()
                + entry.partition.len()
                + entry.order.len()
                + entry.document.as_bytes().len(),
        )?;
        self.entries.push(entry);
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by(|a, b| (&a.partition, &a.order).cmp(&(&b.partition, &b.order)));
        for partition in entries.chunk_by(|a, b| a.partition == b.partition) {
            let mut columns = Vec::new();
            for (name, function) in &self.stage.fields {
                columns.push((
                    name,
                    self.column(function, partition, name.as_str())?.into_iter(),
                ));
            }
            for entry in partition {
                let values = columns
                    .iter_mut()
                    .filter_map(|(name, values)| Some((*name, values.next()?)))
                    .collect();
                let made = with_fields(&entry.document, values)?;
                if out.give(Cow::Owned(made))?.is_break() {
                    return Ok(Flow::Break(()));
                }
            }
        }
        Ok(Flow::Continue(()))
    }
}

impl Running<'_> {
    /// The values of one field for the documents of a partition.
    fn column(
        &mut self,
        function: &Function,
        partition: &[Entry],
        field: &str,
    ) -> Result<Vec<RawBson>, Fault> {
        self.held.take(partition.len() * size_of::<RawBson>())?;
        match function {
            Function::Number => Ok((1..=partition.len()).map(number).collect()),
            Function::Rank => Ok(ranks(partition, |_, at| at + 1)),
            Function::DenseRank => Ok(ranks(partition, |before, _| before + 1)),
            Function::Shift {
                output,
                by,
                default,
            } => {
                let mut values = Vec::with_capacity(partition.len());
                for at in 0..partition.len() {
                    let place = i64::try_from(at).ok().and_then(|at| at.checked_add(*by));
                    let other = place
                        .and_then(|place| usize::try_from(place).ok())
                        .and_then(|place| partition.get(place));
                    let value = match other {
                        Some(entry) => output.evaluate(&entry.document, self.query.clock)?,
                        None => default.evaluate(&partition[at].document, self.query.clock)?,
                    };
                    values.push(value.unwrap_or(RawBson::Null));
                }
                Ok(values)
            }
            Function::Over(accumulator, frame) => self.over(accumulator, frame, partition, field),
        }
    }

    /// A window that only grows is added to; one that moves is computed again.
    fn over(
        &mut self,
        accumulator: &Accumulator,
        frame: &Frame,
        partition: &[Entry],
        field: &str,
    ) -> Result<Vec<RawBson>, Fault> {
        let measures = self.measures(frame, partition)?;
        let mut running: Option<(Range<usize>, State, RawBson)> = None;
        let mut values = Vec::with_capacity(partition.len());
        for at in 0..partition.len() {
            let wanted = frame.positions(at, partition.len(), &measures);
            let (mut state, from) = match running.take() {
                Some((range, state, value)) if range == wanted => {
                    values.push(value.clone());
                    running = Some((range, state, value));
                    continue;
                }
                Some((range, state, _))
                    if range.start == wanted.start && range.end <= wanted.end =>
                {
                    (state, range.end)
                }
                _ => (accumulator.start(), wanted.start),
            };
            for entry in &partition[from..wanted.end.max(from)] {
                self.query.clock.ask()?;
                accumulator.add(
                    &mut state,
                    &entry.document,
                    field,
                    self.query.clock.into(),
                    &mut self.held,
                )?;
            }
            let value = state.clone().finish();
            if let RawBson::Array(array) = &value {
                self.held.take(array.as_bytes().len())?;
            }
            values.push(value.clone());
            running = Some((wanted, state, value));
        }
        Ok(values)
    }

    fn measures(&self, frame: &Frame, partition: &[Entry]) -> Result<Vec<f64>, Fault> {
        let mut measures = Vec::new();
        let Some(path) = &self.stage.first else {
            return Ok(measures);
        };
        for entry in partition {
            let value = evaluate(&entry.document, path.parts())?;
            measures.extend(frame.measure(value.as_ref().map(RawBson::as_raw_bson_ref))?);
        }
        Ok(measures)
    }
}

/// Equal documents share a rank; the next one's is made of the rank before and of its position.
fn ranks(partition: &[Entry], next: fn(usize, usize) -> usize) -> Vec<RawBson> {
    let mut rank = 0;
    let mut ranks = Vec::with_capacity(partition.len());
    for (at, entry) in partition.iter().enumerate() {
        if at == 0 || partition[at - 1].order != entry.order {
            rank = next(rank, at);
        }
        ranks.push(number(rank));
    }
    ranks
}

fn number(n: usize) -> RawBson {
    i32::try_from(n).map_or_else(
        |_| RawBson::Int64(i64::try_from(n).unwrap_or(i64::MAX)),
        RawBson::Int32,
    )
}
