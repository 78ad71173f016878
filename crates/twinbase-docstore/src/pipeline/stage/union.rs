//! `$unionWith`: the documents of another pipeline after those that came.

use bson::{Bson, Document};

use super::{invalid, pipeline_of};
use crate::catalog::lookup;
use crate::fault::Fault;
use crate::pipeline::Plan;
use crate::pipeline::stream::{Doc, Flow, Out, Query, Stage, Step};
use crate::store::failure;
use crate::{Error, Options};

/// A parsed `$unionWith`.
#[derive(Debug)]
pub(crate) struct Union {
    collection: String,
    pipeline: Vec<Document>,
}

impl Union {
    pub(super) fn parse(value: &Bson, place: &str, options: &Options) -> Result<Self, Error> {
        let (collection, pipeline) = match value {
            Bson::String(collection) => (collection.clone(), Vec::new()),
            Bson::Document(spec) => {
                if let Some(name) = spec
                    .keys()
                    .find(|name| !["coll", "pipeline"].contains(&name.as_str()))
                {
                    return Err(invalid(
                        "$unionWith",
                        place,
                        &format!("{name} is no option"),
                    ));
                }
                let collection = spec
                    .get_str("coll")
                    .map_err(|_| invalid("$unionWith", place, "needs coll"))?;
                let pipeline = match spec.get("pipeline") {
                    Some(pipeline) => pipeline_of("$unionWith", pipeline, place)?,
                    None => Vec::new(),
                };
                (collection.to_owned(), pipeline)
            }
            _ => return Err(invalid("$unionWith", place, "takes a collection")),
        };
        Plan::of_pipeline(None, &pipeline, options)?;
        Ok(Self {
            collection,
            pipeline,
        })
    }
}

struct Joining<'r> {
    stage: &'r Union,
    query: &'r Query<'r>,
}

impl Stage for Union {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Joining { stage: self, query }))
    }
}

impl Step for Joining<'_> {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        out.give(document)
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let collection = lookup(self.query.connection, &self.stage.collection)
            .map_err(failure("looking a collection up"))?;
        let plan = Plan::of_pipeline(
            collection.as_ref(),
            &self.stage.pipeline,
            self.query.options,
        )?;
        let mut flow = Flow::Continue(());
        plan.run(self.query, &mut |document| {
            flow = out.give(document)?;
            Ok(flow)
        })?;
        Ok(flow)
    }
}
