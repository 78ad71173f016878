//! The accumulators of `$group`, `$bucket`, `$bucketAuto` and `$setWindowFields`.

mod ranked;
mod state;

use bson::raw::{RawBson, RawDocument, RawDocumentBuf};
use bson::{Bson, Document};

use self::state::Kind;
pub(super) use self::state::State;
use super::stream::Held;
use super::whole;
use crate::Error;
use crate::error::invalid;
use crate::expression::{Context, Expression};
use crate::fault::Fault;
use crate::sort::{self, Compound};
use crate::store::Clock;

/// A parsed accumulator: what it does with the value of its argument.
#[derive(Debug)]
pub(super) struct Accumulator {
    kind: Kind,
    argument: Expression,
    /// What `$top`, `$bottom` and their kin order documents by.
    order: Option<Compound>,
}

impl Accumulator {
    /// `place` is where it stands, for errors.
    pub(super) fn parse(operator: &str, argument: &Bson, place: &str) -> Result<Self, Error> {
        let kind = match operator {
            "$sum" => Kind::Sum,
            "$avg" => Kind::Average,
            "$min" => Kind::Min,
            "$max" => Kind::Max,
            "$first" => Kind::First,
            "$last" => Kind::Last,
            "$push" => Kind::Push,
            "$addToSet" => Kind::AddToSet,
            "$mergeObjects" => Kind::MergeObjects,
            "$stdDevPop" => Kind::Deviation { sample: false },
            "$stdDevSamp" => Kind::Deviation { sample: true },
            "$count" => return Self::count(argument, place),
            "$firstN" | "$lastN" | "$minN" | "$maxN" | "$top" | "$topN" | "$bottom"
            | "$bottomN" => return Self::several(operator, argument, place),
            other => {
                return Err(Error::Unsupported {
                    operator: other.to_owned(),
                    path: place.to_owned(),
                });
            }
        };
        Ok(Self {
            kind,
            argument: Expression::parse(argument, place)?,
            order: None,
        })
    }

    /// The manual: a sum of ones.
    fn count(argument: &Bson, place: &str) -> Result<Self, Error> {
        if !argument.as_document().is_some_and(Document::is_empty) {
            return Err(invalid("$count", place, "takes an empty document"));
        }
        Ok(Self {
            kind: Kind::Sum,
            argument: Expression::parse(&Bson::Int32(1), place)?,
            order: None,
        })
    }

    /// The accumulators with named arguments, of which there are exactly those that each needs.
    fn several(operator: &str, argument: &Bson, place: &str) -> Result<Self, Error> {
        let ranks = operator.starts_with("$top") || operator.starts_with("$bottom");
        let single = matches!(operator, "$top" | "$bottom");
        let value = if ranks { "output" } else { "input" };
        let given = argument
            .as_document()
            .ok_or_else(|| invalid(operator, place, "takes a document"))?;
        let wanted = [(value, true), ("sortBy", ranks), ("n", !single)];
        for (name, _) in wanted.iter().filter(|(_, wanted)| *wanted) {
            if !given.contains_key(name) {
                return Err(invalid(operator, place, &format!("needs {name}")));
            }
        }
        if given.len() != wanted.iter().filter(|(_, wanted)| *wanted).count() {
            return Err(invalid(
                operator,
                place,
                "has an argument that it does not take",
            ));
        }
        let count = if single {
            1
        } else {
            count(operator, given.get("n").unwrap_or(&Bson::Null), place)?
        };
        let order = match given.get("sortBy") {
            Some(Bson::Document(keys)) => Some(Compound::new(sort::parse(keys)?)),
            Some(_) => return Err(invalid(operator, place, "takes paths to sort by")),
            None => None,
        };
        let kind = match operator {
            "$firstN" => Kind::FirstN(count),
            "$lastN" => Kind::LastN(count),
            "$minN" => Kind::MinN(count),
            "$maxN" => Kind::MaxN(count),
            "$top" | "$topN" => Kind::Top { count, single },
            _ => Kind::Bottom { count, single },
        };
        Ok(Self {
            kind,
            argument: Expression::parse(given.get(value).unwrap_or(&Bson::Null), place)?,
            order,
        })
    }

    pub(super) fn start(&self) -> State {
        self.kind.start()
    }

    /// Adds a document to a state. `field` is named in errors.
    pub(super) fn add(
        &self,
        state: &mut State,
        document: &RawDocument,
        field: &str,
        context: Context<'_>,
        held: &mut Held<'_>,
    ) -> Result<(), Fault> {
        let value = self.argument.evaluate(document, context)?;
        let order = match &self.order {
            Some(order) => order.key(document, context.clock.order())?,
            None => Vec::new(),
        };
        let value = value.as_ref().map(RawBson::as_raw_bson_ref);
        state.add(value, order, field, context.clock.order(), held)
    }
}

/// How many values an accumulator keeps. MongoDB also takes expressions of the group's key.
fn count(operator: &str, value: &Bson, place: &str) -> Result<usize, Error> {
    let refuse = || invalid(operator, place, "n is a whole number above 0");
    let count = Expression::parse(value, place)?;
    if !count.is_constant() {
        return Err(Error::Unsupported {
            operator: format!("{operator} with an n that depends on the group"),
            path: place.to_owned(),
        });
    }
    let value = count
        .evaluate(&RawDocumentBuf::new(), &Clock::new())
        .map_err(Error::from)?;
    value
        .and_then(|value| Bson::try_from(value).ok())
        .as_ref()
        .and_then(positive)
        .ok_or_else(refuse)
}

fn positive(value: &Bson) -> Option<usize> {
    let count = usize::try_from(whole(value)?).ok()?;
    (count > 0).then_some(count)
}
