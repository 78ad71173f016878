//! `$lookup`: the documents of another collection that belong to each document, as an array in it.

mod bind;
mod table;

use std::borrow::Cow;

use bson::raw::{CString, RawArrayBuf, RawBson, RawDocument};
use bson::{Bson, Document, doc};

use self::bind::Values;
use self::table::Table;
use super::fields::with_fields;
use super::{invalid, pipeline_of};
use crate::catalog::{Collection, lookup};
use crate::expression::{Expression, check_bytes, field_name};
use crate::fault::Fault;
use crate::path::{Path, evaluate};
use crate::pipeline::Plan;
use crate::pipeline::stream::{Chain, Doc, Flow, Held, Out, Query, Stage, Step};
use crate::store::failure;
use crate::{Error, Options};

/// A parsed `$lookup`.
#[derive(Debug)]
pub(crate) struct Lookup {
    from: String,
    /// The path here and the path there that must have a value in common.
    join: Option<(Path, Path)>,
    variables: Vec<(String, Expression)>,
    pipeline: Vec<Document>,
    field: CString,
}

impl Lookup {
    pub(super) fn parse(spec: &Document, place: &str, options: &Options) -> Result<Self, Error> {
        let refuse = |reason: &str| invalid("$lookup", place, reason);
        let known = [
            "from",
            "localField",
            "foreignField",
            "let",
            "pipeline",
            "as",
        ];
        if let Some(name) = spec.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(refuse(&format!("{name} is no option")));
        }
        let text = |name: &str| match spec.get(name) {
            Some(Bson::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(refuse(&format!("{name} is a string"))),
            None => Ok(None),
        };
        let from = text("from")?.ok_or_else(|| refuse("needs from"))?;
        let field = text("as")?.ok_or_else(|| refuse("needs as"))?;
        let join = match (text("localField")?, text("foreignField")?) {
            (Some(here), Some(there)) => {
                Some((Path::parse(here, place)?, Path::parse(there, place)?))
            }
            (None, None) => None,
            _ => return Err(refuse("needs both of localField and foreignField, or none")),
        };
        let pipeline = match spec.get("pipeline") {
            Some(pipeline) => pipeline_of("$lookup", pipeline, place)?,
            None if join.is_some() => Vec::new(),
            None => return Err(refuse("needs a pipeline, or localField and foreignField")),
        };
        let variables = variables(spec.get("let"), place)?;
        let lookup = Self {
            from: from.to_owned(),
            join,
            variables,
            pipeline,
            field: field_name(field, place)?,
        };
        let nothing = lookup
            .variables
            .iter()
            .map(|(name, _)| (name.clone(), None));
        Plan::of_pipeline(None, &lookup.bound(&nothing.collect()), options)?;
        Ok(lookup)
    }

    fn bound(&self, values: &Values) -> Cow<'_, [Document]> {
        if values.is_empty() {
            Cow::Borrowed(&self.pipeline)
        } else {
            Cow::Owned(bind::pipeline(&self.pipeline, values))
        }
    }
}

fn variables(spec: Option<&Bson>, place: &str) -> Result<Vec<(String, Expression)>, Error> {
    let refuse = |reason: &str| invalid("$lookup", place, reason);
    let given = match spec {
        None => return Ok(Vec::new()),
        Some(Bson::Document(given)) => given,
        Some(_) => return Err(refuse("let is a document")),
    };
    let mut variables = Vec::new();
    for (name, value) in given {
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            let reason =
                format!("{name:?} is no name of a variable: it begins with a small letter");
            return Err(refuse(&reason));
        }
        variables.push((name.clone(), Expression::parse(value, place)?));
    }
    Ok(variables)
}

/// Where the other documents come from.
enum Source {
    /// A query for each document: by an index, or because the pipeline depends on the document.
    Query,
    /// All documents of the other collection by their values.
    Table(Table),
    /// The same documents for every document, once they are found.
    Same(Option<RawArrayBuf>),
}

struct Joining<'r> {
    stage: &'r Lookup,
    query: &'r Query<'r>,
    collection: Option<Collection>,
    source: Source,
    held: Held<'r>,
}

impl Stage for Lookup {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        let collection =
            lookup(query.connection, &self.from).map_err(failure("looking a collection up"))?;
        let mut held = query.hold();
        let order = query.clock.order();
        let indexed = |path: &Path| {
            path.text() == "_id" && order.is_simple()
                || collection
                    .as_ref()
                    .is_some_and(|collection| collection.has_index_on(path, order))
        };
        let source = match &self.join {
            Some((_, there)) if !indexed(there) => {
                Source::Table(Table::read(query, collection.as_ref(), there, &mut held)?)
            }
            None if self.variables.is_empty() => Source::Same(None),
            _ => Source::Query,
        };
        Ok(Box::new(Joining {
            stage: self,
            query,
            collection,
            source,
            held,
        }))
    }
}

impl Joining<'_> {
    fn values(&self, document: &RawDocument) -> Result<Values, Fault> {
        let mut values = Vec::new();
        for (name, expression) in &self.stage.variables {
            let value = expression.evaluate(document, self.query.clock)?;
            values.push((name.clone(), value.map(Bson::try_from).transpose()?));
        }
        Ok(values)
    }

    fn found(&mut self, document: &RawDocument) -> Result<RawArrayBuf, Fault> {
        if let Source::Same(Some(found)) = &self.source {
            return Ok(found.clone());
        }
        let pipeline = self.stage.bound(&self.values(document)?);
        let here = match &self.stage.join {
            Some((here, _)) => local(document, here)?,
            None => Vec::new(),
        };
        let mut found = RawArrayBuf::new();
        let mut keep = |document: Doc<'_>| {
            found.push(&*document);
            check_bytes(found.as_bytes().len())?;
            Ok(Flow::Continue(()))
        };
        if let Source::Table(table) = &self.source {
            let plan = Plan::of_stages(&pipeline, self.query.options)?;
            let mut chain = Chain::start(plan.stages(), self.query)?;
            for document in table.matches(&here, self.query.clock.order())? {
                if chain.take(Cow::Borrowed(document), &mut keep)?.is_break() {
                    break;
                }
            }
            chain.finish(&mut keep)?;
            return Ok(found);
        }
        let mut stages = Vec::new();
        if let Some((_, there)) = &self.stage.join {
            stages.push(doc! { "$match": { there.text(): { "$in": here } } });
        }
        stages.extend_from_slice(&pipeline);
        let plan = Plan::of_pipeline(self.collection.as_ref(), &stages, self.query.options)?;
        plan.run(self.query, &mut keep)?;
        if let Source::Same(same) = &mut self.source {
            self.held.take(found.as_bytes().len())?;
            *same = Some(found.clone());
        }
        Ok(found)
    }
}

impl Step for Joining<'_> {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let found = self.found(&document)?;
        let made = with_fields(&document, vec![(&self.stage.field, RawBson::Array(found))])?;
        out.give(Cow::Owned(made))
    }
}

/// The values that a document is joined by: the elements of an array, null for what is missing.
fn local(document: &RawDocument, path: &Path) -> Result<Vec<Bson>, Fault> {
    let refuse = |what: &str| {
        Fault::from(Error::Unsupported {
            operator: format!("$lookup by {what}"),
            path: path.text().to_owned(),
        })
    };
    let values = match evaluate(document, path.parts())? {
        None => vec![Bson::Null],
        Some(value) => match Bson::try_from(value)? {
            Bson::Array(elements) => elements,
            value => vec![value],
        },
    };
    for value in &values {
        match value {
            // What MongoDB makes of them depends on how they came into one another.
            Bson::Array(_) => return Err(refuse("an array in an array")),
            Bson::RegularExpression(_) => return Err(refuse("a regular expression")),
            _ => {}
        }
    }
    Ok(values)
}
