//! From the document of a `$setWindowFields` to what it computes.

use bson::{Bson, Document};

use super::frame::{Bound, Frame, Unit};
use super::{Function, Window};
use crate::Error;
use crate::expression::{Expression, field_name};
use crate::pipeline::accumulator::Accumulator;
use crate::pipeline::stage::invalid;
use crate::pipeline::whole;
use crate::sort::{self, Compound};

const STAGE: &str = "$setWindowFields";

pub(super) fn parse(spec: &Document) -> Result<Window, Error> {
    let known = ["partitionBy", "sortBy", "output"];
    if let Some(name) = spec.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(STAGE, "", &format!("{name} is no option")));
    }
    let keys = match spec.get("sortBy") {
        Some(Bson::Document(keys)) => sort::parse(keys)?,
        Some(_) => return Err(invalid(STAGE, "sortBy", "takes paths to sort by")),
        None => Vec::new(),
    };
    let output = spec
        .get_document("output")
        .map_err(|_| invalid(STAGE, "output", "is needed, a document"))?;
    let mut fields = Vec::new();
    for (name, value) in output {
        let function = value
            .as_document()
            .ok_or_else(|| invalid(STAGE, name, "takes a window function"))?;
        fields.push((field_name(name, STAGE)?, field(name, function, &keys)?));
    }
    let partition = spec.get("partitionBy").unwrap_or(&Bson::Null);
    Ok(Window {
        partition: Expression::parse(partition, "$setWindowFields.partitionBy")?,
        first: keys.first().map(|(path, _)| path.clone()),
        order: Compound::new(keys),
        fields,
    })
}

fn field(name: &str, spec: &Document, keys: &[sort::Key]) -> Result<Function, Error> {
    let place = format!("{STAGE}.{name}");
    let mut functions = spec.iter().filter(|(name, _)| *name != "window");
    let (Some((operator, argument)), None) = (functions.next(), functions.next()) else {
        return Err(invalid(
            STAGE,
            name,
            "takes exactly one function, and a window",
        ));
    };
    let needs = |fits: bool, what: &str| {
        if fits {
            Ok(())
        } else {
            Err(invalid(operator, &place, &format!("needs {what}")))
        }
    };
    let ranks = matches!(
        operator.as_str(),
        "$rank" | "$denseRank" | "$documentNumber" | "$shift"
    );
    if !ranks {
        return Ok(Function::Over(
            Accumulator::parse(operator, argument, &place)?,
            window(spec.get("window"), keys, &place)?,
        ));
    }
    if spec.contains_key("window") {
        return Err(invalid(operator, &place, "takes no window"));
    }
    needs(!keys.is_empty(), "a sortBy")?;
    if operator == "$shift" {
        return shift(argument, &place);
    }
    if !argument.as_document().is_some_and(Document::is_empty) {
        return Err(invalid(operator, &place, "takes an empty document"));
    }
    if operator == "$documentNumber" {
        return Ok(Function::Number);
    }
    needs(keys.len() == 1, "a sortBy of one path")?;
    Ok(if operator == "$rank" {
        Function::Rank
    } else {
        Function::DenseRank
    })
}

fn shift(argument: &Bson, place: &str) -> Result<Function, Error> {
    let refuse = |reason: &str| invalid("$shift", place, reason);
    let given = argument
        .as_document()
        .ok_or_else(|| refuse("takes a document"))?;
    let known = ["output", "by", "default"];
    if let Some(name) = given.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(refuse(&format!("{name} is no option")));
    }
    let output = given.get("output").ok_or_else(|| refuse("needs output"))?;
    let by = given
        .get("by")
        .and_then(whole)
        .ok_or_else(|| refuse("needs by, a whole number"))?;
    let default = Expression::parse(given.get("default").unwrap_or(&Bson::Null), place)?;
    if !default.is_constant() {
        return Err(refuse("default is a constant"));
    }
    Ok(Function::Shift {
        output: Expression::parse(output, place)?,
        by,
        default,
    })
}

/// Without a window, all documents of the partition.
fn window(spec: Option<&Bson>, keys: &[sort::Key], place: &str) -> Result<Frame, Error> {
    let refuse = |reason: &str| invalid("a window", place, reason);
    let spec = match spec {
        None => return Ok(Frame::Documents(Bound::Unbounded, Bound::Unbounded)),
        Some(Bson::Document(spec)) => spec,
        Some(_) => return Err(refuse("is a document")),
    };
    let unit = match spec.get("unit") {
        None => None,
        Some(Bson::String(unit)) => {
            Some(Unit::of_name(unit).ok_or_else(|| Error::Unsupported {
                operator: format!("a window with the unit {unit}"),
                path: place.to_owned(),
            })?)
        }
        Some(_) => return Err(refuse("unit is a string")),
    };
    match (spec.get("documents"), spec.get("range"), spec.len()) {
        (None, None, 0) => Ok(Frame::Documents(Bound::Unbounded, Bound::Unbounded)),
        (Some(bounds), None, 1) => {
            let (lower, upper) = bounds_of(bounds, &refuse, whole)?;
            if keys.is_empty() && (lower, upper) != (Bound::Unbounded, Bound::Unbounded) {
                return Err(refuse("with bounds needs a sortBy"));
            }
            Ok(Frame::Documents(lower, upper))
        }
        (None, Some(bounds), 1 | 2) => {
            if !matches!(keys, [(_, crate::Direction::Ascending)]) {
                return Err(refuse("of a range needs a sortBy of one ascending path"));
            }
            let (lower, upper) = bounds_of(bounds, &refuse, number)?;
            if let (Some(_), true) = (unit, fraction(lower) || fraction(upper)) {
                return Err(refuse("with a unit takes whole numbers"));
            }
            Ok(Frame::Range(lower, upper, unit))
        }
        _ => Err(refuse("takes documents, or range with a unit")),
    }
}

fn fraction(bound: Bound<f64>) -> bool {
    matches!(bound, Bound::At(n) if n.fract() != 0.0)
}

#[expect(clippy::cast_precision_loss, reason = "compared with doubles")]
fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(n) => Some(f64::from(*n)),
        Bson::Int64(n) => Some(*n as f64),
        Bson::Double(n) if n.is_finite() => Some(*n),
        _ => None,
    }
}

fn bounds_of<N: Copy + PartialOrd + Default>(
    value: &Bson,
    refuse: &dyn Fn(&str) -> Error,
    read: impl Fn(&Bson) -> Option<N>,
) -> Result<(Bound<N>, Bound<N>), Error> {
    let bound = |value: &Bson| match value {
        Bson::String(text) if text == "unbounded" => Ok(Bound::Unbounded),
        Bson::String(text) if text == "current" => Ok(Bound::At(N::default())),
        value => read(value)
            .map(Bound::At)
            .ok_or_else(|| refuse("has bounds that are numbers, \"current\" or \"unbounded\"")),
    };
    let Some([lower, upper]) = value.as_array().map(Vec::as_slice) else {
        return Err(refuse("has two bounds"));
    };
    let (lower, upper) = (bound(lower)?, bound(upper)?);
    if let (Bound::At(lower), Bound::At(upper)) = (lower, upper)
        && lower > upper
    {
        return Err(refuse("has its lower bound first"));
    }
    Ok((lower, upper))
}
