//! `$group`: the documents of a key are folded into one, in the order in which they come.

use std::borrow::Cow;
use std::collections::HashMap;

use bson::Document;
use bson::raw::{CString, RawBson, RawDocument, RawDocumentBuf, cstr};

use crate::Error;
use crate::expression::{Expression, field_name};
use crate::fault::Fault;
use crate::pipeline::accumulator::{Accumulator, State};
use crate::pipeline::stream::{Doc, Flow, Held, Out, Query, Stage, Step};
use crate::value::key_of;

/// A parsed `$group`.
#[derive(Debug)]
pub(crate) struct Group {
    id: Expression,
    fields: Fields,
}

/// The fields that accumulators make.
#[derive(Debug)]
pub(in crate::pipeline) struct Fields(Vec<(CString, Accumulator)>);

impl Fields {
    /// `{field: {$accumulator: argument}, ..}`
    pub(in crate::pipeline) fn parse<'d>(
        stage: &str,
        spec: impl IntoIterator<Item = (&'d String, &'d bson::Bson)>,
    ) -> Result<Self, Error> {
        let mut fields = Vec::new();
        for (name, value) in spec {
            let invalid = |reason: &str| Error::InvalidQuery {
                operator: stage.to_owned(),
                path: name.clone(),
                reason: reason.to_owned(),
            };
            let accumulator = value
                .as_document()
                .ok_or_else(|| invalid("takes an accumulator"))?;
            let mut operators = accumulator.iter();
            let (Some((operator, argument)), None) = (operators.next(), operators.next()) else {
                return Err(invalid("takes exactly one accumulator"));
            };
            let place = format!("{stage}.{name}");
            fields.push((
                field_name(name, stage)?,
                Accumulator::parse(operator, argument, &place)?,
            ));
        }
        Ok(Self(fields))
    }

    pub(in crate::pipeline) fn start(&self) -> Vec<State> {
        self.0.iter().map(|(_, field)| field.start()).collect()
    }

    pub(in crate::pipeline) fn add(
        &self,
        states: &mut [State],
        document: &RawDocument,
        query: &Query<'_>,
        held: &mut Held<'_>,
    ) -> Result<(), Fault> {
        for ((name, field), state) in self.0.iter().zip(states) {
            query.clock.ask()?;
            field.add(state, document, name.as_str(), query.context(), held)?;
        }
        Ok(())
    }

    /// The document of a group.
    pub(in crate::pipeline) fn finish(&self, id: RawBson, states: Vec<State>) -> RawDocumentBuf {
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), id);
        for ((name, _), state) in self.0.iter().zip(states) {
            document.append(name, state.finish());
        }
        document
    }
}

impl Group {
    pub(crate) fn parse(spec: &Document) -> Result<Self, Error> {
        let id = spec.get("_id").ok_or_else(|| Error::InvalidQuery {
            operator: "$group".to_owned(),
            path: String::new(),
            reason: "needs an _id".to_owned(),
        })?;
        Ok(Self {
            id: Expression::parse(id, "$group._id")?,
            fields: Fields::parse("$group", spec.iter().filter(|(name, _)| *name != "_id"))?,
        })
    }
}

struct Grouping<'r> {
    stage: &'r Group,
    query: &'r Query<'r>,
    held: Held<'r>,
    /// The place of each key's group.
    places: HashMap<Vec<u8>, usize>,
    /// The `_id` of a group's first document, and its states.
    groups: Vec<(RawBson, Vec<State>)>,
}

impl Stage for Group {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Grouping {
            stage: self,
            query,
            held: query.hold(),
            places: HashMap::new(),
            groups: Vec::new(),
        }))
    }
}

impl Step for Grouping<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let id = self.stage.id.evaluate(&document, self.query.context())?;
        // A missing id is the group of null.
        let id = id.unwrap_or(RawBson::Null);
        let key = key_of(id.as_raw_bson_ref(), self.query.clock.order())?;
        let place = if let Some(place) = self.places.get(&key) {
            *place
        } else {
            let fields = self.stage.fields.0.len();
            self.held
                .take(3 * key.len() + size_of::<State>() * fields + 128)?;
            self.places.insert(key, self.groups.len());
            self.groups.push((id, self.stage.fields.start()));
            self.groups.len() - 1
        };
        let (_, states) = &mut self.groups[place];
        self.stage
            .fields
            .add(states, &document, self.query, &mut self.held)?;
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        for (id, states) in std::mem::take(&mut self.groups) {
            let document = self.stage.fields.finish(id, states);
            if out.give(Cow::Owned(document))?.is_break() {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }
}
