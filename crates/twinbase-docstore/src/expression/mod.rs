//! The aggregation language's expressions: parsed once into a tree whose depth is bounded, then evaluated for each document.
//!
//! Missing is not null: `None` stands for a value that is not there. One file per family of operators; every operator that is
//! not in [`function::find`] or [`form`] is refused by name.

mod arithmetic;
mod array;
mod bounds;
mod compare;
mod context;
mod convert;
mod date;
mod each;
mod fallback;
mod form;
mod function;
mod number;
mod object;
mod parse;
mod power;
mod regex;
mod rounding;
mod search;
mod set;
mod sort_array;
mod statistics;
mod string;
mod text;

use bson::error::Error as Damage;
use bson::raw::{CString, RawArrayBuf, RawBson, RawDocument, RawDocumentBuf};

use self::form::Form;
use self::function::Function;
use crate::Error;
use crate::fault::{Fault, STEPS};
use crate::path::{Path, evaluate};
use crate::store::Clock;
use crate::text::no_score;

pub(crate) use bounds::{MAX_VALUE_BYTES, check_bytes, sized};
pub(crate) use compare::is_true;
pub(crate) use context::Context;
pub(crate) use object::merge_into;
pub(crate) use parse::field_name;

/// A value, or none where a field is missing.
type Value = Option<RawBson>;

/// A parsed expression.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Field(Path),
    Literal(RawBson),
    Document(Vec<(CString, Expression)>),
    Array(Vec<Expression>),
    /// `$$ROOT` and `$$CURRENT`.
    Root,
    /// `$$REMOVE`.
    Missing,
    /// An argument by name that is not given.
    Absent,
    /// `$$NOW`.
    Now,
    /// `{$meta: "textScore"}`.
    Score,
    /// A variable of `$let`, `$map`, `$filter` or `$reduce` by its number, and the path below it.
    Variable(usize, Option<Path>),
    Call {
        function: &'static Function,
        arguments: Vec<Expression>,
        place: String,
    },
    Form(Box<Form>),
}

/// What an expression is evaluated in.
struct Scope<'d> {
    root: &'d RawDocument,
    clock: &'d Clock,
    score: Option<f64>,
    variables: Vec<Value>,
    /// How often a body was evaluated for an element.
    steps: usize,
}

/// After so many steps the clock is asked.
const STEPS_BETWEEN: usize = 256;

/// Loops in loops are bounded within one document.
const MAX_STEPS: usize = 2_000_000;

impl Scope<'_> {
    fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_BETWEEN) {
            self.clock.ask()?;
        }
        if self.steps > MAX_STEPS {
            return Err(Error::QueryTooLarge {
                what: STEPS,
                limit: MAX_STEPS,
            }
            .into());
        }
        Ok(())
    }
}

impl Expression {
    /// Whether it has the same value for every document.
    pub(crate) fn is_constant(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Missing | Self::Absent | Self::Now => true,
            Self::Document(fields) => fields.iter().all(|(_, field)| field.is_constant()),
            Self::Array(elements) => elements.iter().all(Self::is_constant),
            Self::Call { arguments, .. } => arguments.iter().all(Self::is_constant),
            Self::Field(_) | Self::Root | Self::Score | Self::Variable(..) | Self::Form(_) => false,
        }
    }

    /// The value for a document; `None` is a missing field, which a document expression leaves out.
    pub(crate) fn evaluate<'c>(
        &self,
        document: &RawDocument,
        context: impl Into<Context<'c>>,
    ) -> Result<Option<RawBson>, Fault> {
        let Context { clock, score } = context.into();
        self.value(&mut Scope {
            root: document,
            clock,
            score,
            variables: Vec::new(),
            steps: 0,
        })
    }

    fn value(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        match self {
            Self::Field(path) => Ok(evaluate(scope.root, path.parts())?),
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Root => Ok(Some(RawBson::Document(scope.root.to_owned()))),
            Self::Missing | Self::Absent => Ok(None),
            Self::Score => match scope.score {
                Some(found) => Ok(Some(RawBson::Double(found))),
                None => Err(no_score("").into()),
            },
            Self::Now => Ok(Some(RawBson::DateTime(scope.clock.now()))),
            Self::Variable(slot, path) => variable(scope, *slot, path.as_ref()),
            Self::Document(fields) => document(fields, scope),
            Self::Array(elements) => array(elements, scope),
            Self::Call {
                function,
                arguments,
                place,
            } => function.call(arguments, place, scope),
            Self::Form(form) => form.value(scope),
        }
    }
}

fn variable(scope: &Scope<'_>, slot: usize, path: Option<&Path>) -> Result<Value, Fault> {
    let value = scope.variables.get(slot).and_then(Option::as_ref);
    let (Some(value), Some(path)) = (value, path) else {
        return Ok(value.cloned());
    };
    // A document around the value lets the walk of a path begin at any kind of value.
    let mut holder = RawDocumentBuf::new();
    holder.append(bson::raw::cstr!("v"), value);
    let mut parts = vec!["v".to_owned()];
    parts.extend_from_slice(path.parts());
    Ok(evaluate(&holder, &parts)?)
}

fn document(fields: &[(CString, Expression)], scope: &mut Scope<'_>) -> Result<Value, Fault> {
    let mut value = RawDocumentBuf::new();
    for (name, field) in fields {
        if let Some(field) = field.value(scope)? {
            value.append(name, field);
        }
    }
    sized(RawBson::Document(value)).map(Some)
}

/// A missing element of an array expression is null.
fn array(elements: &[Expression], scope: &mut Scope<'_>) -> Result<Value, Fault> {
    let mut value = RawArrayBuf::new();
    for element in elements {
        value.push(element.value(scope)?.unwrap_or(RawBson::Null));
    }
    sized(RawBson::Array(value)).map(Some)
}

/// The values of an array.
fn elements(array: &RawArrayBuf) -> Result<Vec<RawBson>, Damage> {
    array
        .into_iter()
        .map(|element| element.map(RawBson::from))
        .collect()
}
