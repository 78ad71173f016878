//! `$facet`: several pipelines over the same documents, each of which becomes an array in one document.

use std::borrow::Cow;

use bson::Document;
use bson::raw::{CString, RawArrayBuf, RawDocument, RawDocumentBuf};

use super::{invalid, pipeline_of};
use crate::expression::{check_bytes, field_name};
use crate::fault::Fault;
use crate::pipeline::Plan;
use crate::pipeline::stream::{Chain, Doc, Flow, Held, Out, Query, Stage, Step};
use crate::{Error, Options};

/// A parsed `$facet`.
#[derive(Debug)]
pub(crate) struct Facet(Vec<(CString, Plan)>);

impl Facet {
    pub(super) fn parse(spec: &Document, place: &str, options: &Options) -> Result<Self, Error> {
        if spec.is_empty() {
            return Err(invalid("$facet", place, "needs at least one pipeline"));
        }
        let mut facets = Vec::new();
        for (name, value) in spec {
            let pipeline = pipeline_of("$facet", value, place)?;
            if pipeline.iter().any(|stage| stage.contains_key("$facet")) {
                return Err(invalid("$facet", place, "does not stand inside of another"));
            }
            let place = format!("{place}.{name}");
            facets.push((
                field_name(name, &place)?,
                Plan::of_stages(&pipeline, options)?,
            ));
        }
        Ok(Self(facets))
    }
}

/// One of the pipelines at work.
struct Running<'r> {
    name: &'r CString,
    chain: Chain<'r>,
    found: RawArrayBuf,
    wanted: Flow,
}

struct Faceting<'r> {
    facets: Vec<Running<'r>>,
    held: Held<'r>,
}

impl Stage for Facet {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        let mut facets = Vec::new();
        for (name, plan) in &self.0 {
            facets.push(Running {
                name,
                chain: Chain::start(plan.stages(), query)?,
                found: RawArrayBuf::new(),
                wanted: Flow::Continue(()),
            });
        }
        Ok(Box::new(Faceting {
            facets,
            held: query.hold(),
        }))
    }
}

fn keep(
    found: &mut RawArrayBuf,
    held: &mut Held<'_>,
    document: &RawDocument,
) -> Result<Flow, Fault> {
    held.take(document.as_bytes().len())?;
    found.push(document);
    Ok(Flow::Continue(()))
}

impl Step for Faceting<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let mut wanted = Flow::Break(());
        for facet in &mut self.facets {
            if facet.wanted.is_continue() {
                facet.wanted = facet
                    .chain
                    .take(Cow::Borrowed(&document), &mut |document| {
                        keep(&mut facet.found, &mut self.held, &document)
                    })?;
            }
            if facet.wanted.is_continue() {
                wanted = Flow::Continue(());
            }
        }
        Ok(wanted)
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let mut made = RawDocumentBuf::new();
        for facet in &mut self.facets {
            facet
                .chain
                .finish(&mut |document| keep(&mut facet.found, &mut self.held, &document))?;
            made.append(facet.name, std::mem::take(&mut facet.found));
        }
        check_bytes(made.as_bytes().len())?;
        out.give(Cow::Owned(made))
    }
}
