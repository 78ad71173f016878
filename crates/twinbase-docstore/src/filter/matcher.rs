//! A test made ready, keys computed and patterns compiled, and what it says of one value.

use std::collections::BTreeSet;

use bson::raw::{RawArray, RawBsonRef, RawDocument};
use bson::spec::ElementType;
use bson::{Bson, RawBson, Regex};

use super::compiled::{Node, Subject};
use super::regex::{Budget, Patterns};
use super::whole::whole;
use super::{Comparison, ElementForm, Pace, Test};
use crate::fault::Fault;
use crate::path::AtEnd;
use crate::value::{Order, is_nan, key_of, rank, write_key};

/// So many bytes of a key are written in the time of one unit of work.
const KEY_BYTES_PER_WORK: usize = 8;

#[derive(Debug)]
pub(super) enum Matcher {
    Equal(Vec<u8>),
    Compare {
        comparison: Comparison,
        key: Vec<u8>,
        nan: bool,
    },
    Any(Any),
    Exists,
    Size(i64),
    Modulo {
        divisor: i64,
        remainder: i64,
    },
    Type(Vec<ElementType>),
    Element(Box<Node>, ElementForm),
}

impl Matcher {
    pub(super) fn new(
        test: &Test,
        path: &str,
        order: &Order,
        budget: &mut Budget,
    ) -> Result<Self, Fault> {
        Ok(match test {
            Test::Equal(value) => Self::Equal(key(value, order)?),
            Test::Compare(comparison, value) => Self::Compare {
                comparison: *comparison,
                key: key(value, order)?,
                nan: is_nan(RawBson::try_from(value.clone())?.as_raw_bson_ref()),
            },
            Test::In(_) | Test::Regex(_) => {
                let mut choices = Choices::default();
                choices.add(test, order)?;
                choices.finish(path, budget)?
            }
            Test::Exists => Self::Exists,
            Test::Size(size) => Self::Size(*size),
            Test::Modulo { divisor, remainder } => Self::Modulo {
                divisor: *divisor,
                remainder: *remainder,
            },
            Test::Type(types) => Self::Type(types.clone()),
            Test::Element(element) => Self::Element(
                Box::new(Node::new(&element.filter, order, budget)?),
                element.form,
            ),
        })
    }

    /// Whether an array at the end of the path is tested as a whole only.
    pub(super) fn at_end(&self) -> AtEnd {
        match self {
            Self::Size(_) | Self::Element(..) => AtEnd::Whole,
            _ => AtEnd::Elements,
        }
    }

    /// `None` is a missing field, which is equal to null and does not exist.
    pub(super) fn accepts(
        &self,
        value: Option<RawBsonRef<'_>>,
        pace: &mut Pace<'_>,
    ) -> Result<bool, Fault> {
        pace.spend(1)?;
        let or_null = value.unwrap_or(RawBsonRef::Null);
        Ok(match self {
            Self::Equal(key) => {
                key.first() == Some(&rank(or_null)) && own_key(or_null, pace)? == *key
            }
            Self::Compare {
                comparison,
                key,
                nan,
            } => {
                if key.first() != Some(&rank(or_null)) || is_nan(or_null) != *nan {
                    return Ok(false);
                }
                let own = own_key(or_null, pace)?;
                match comparison {
                    Comparison::Less => own < *key,
                    Comparison::LessOrEqual => own <= *key,
                    Comparison::Greater => own > *key,
                    Comparison::GreaterOrEqual => own >= *key,
                }
            }
            Self::Any(any) => any.accepts(or_null, pace)?,
            Self::Exists => value.is_some(),
            Self::Size(size) => match value {
                Some(RawBsonRef::Array(array)) => has_size(array, *size)?,
                _ => false,
            },
            Self::Modulo { divisor, remainder } => value
                .and_then(whole)
                .is_some_and(|number| number.part.wrapping_rem(*divisor) == *remainder),
            Self::Type(types) => value.is_some_and(|value| types.contains(&value.element_type())),
            Self::Element(filter, form) => match value {
                Some(RawBsonRef::Array(array)) => has_element(array, filter, *form, pace)?,
                _ => false,
            },
        })
    }

    /// Whether an element of an array, as an `$elemMatch` sees it, or any other value, satisfies the test.
    pub(super) fn accepts_element(
        &self,
        element: RawBsonRef<'_>,
        pace: &mut Pace<'_>,
    ) -> Result<bool, Fault> {
        match self {
            Self::Element(filter, form) => element_matches(element, filter, *form, pace),
            _ => self.accepts(Some(element), pace),
        }
    }
}

/// Values and patterns of which one is enough. A regular expression in a list matches strings, and also the regular
/// expression that is equal to it.
#[derive(Debug)]
pub(super) struct Any {
    keys: BTreeSet<Vec<u8>>,
    patterns: Option<Box<Patterns>>,
}

impl Any {
    fn accepts(&self, value: RawBsonRef<'_>, pace: &mut Pace<'_>) -> Result<bool, Fault> {
        if let Some(patterns) = &self.patterns
            && patterns.accepts(value, pace)?
        {
            return Ok(true);
        }
        Ok(!self.keys.is_empty() && self.keys.contains(&own_key(value, pace)?))
    }
}

/// An [`Any`] in the making.
#[derive(Debug, Default)]
pub(super) struct Choices<'t> {
    keys: BTreeSet<Vec<u8>>,
    patterns: Vec<&'t Regex>,
}

impl<'t> Choices<'t> {
    /// Whether a test is one of values that are equal or patterns that match.
    pub(super) fn takes(test: &Test) -> bool {
        matches!(test, Test::Equal(_) | Test::In(_) | Test::Regex(_))
    }

    /// Adds a test that is one of these.
    pub(super) fn add(&mut self, test: &'t Test, order: &Order) -> Result<(), Fault> {
        match test {
            Test::Equal(value) => drop(self.keys.insert(key(value, order)?)),
            Test::In(values) => {
                for value in values {
                    if let Bson::RegularExpression(pattern) = value {
                        self.patterns.push(pattern);
                    }
                    self.keys.insert(key(value, order)?);
                }
            }
            Test::Regex(pattern) => {
                self.patterns.push(pattern);
                self.keys
                    .insert(key(&Bson::RegularExpression(pattern.clone()), order)?);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn finish(self, path: &str, budget: &mut Budget) -> Result<Matcher, Fault> {
        let patterns = if self.patterns.is_empty() {
            None
        } else {
            Some(Box::new(Patterns::new(self.patterns, path, budget)?))
        };
        Ok(Matcher::Any(Any {
            keys: self.keys,
            patterns,
        }))
    }
}

fn has_size(array: &RawArray, size: i64) -> Result<bool, Fault> {
    let mut left = size;
    for element in array {
        element?;
        left -= 1;
        if left < 0 {
            return Ok(false);
        }
    }
    Ok(left == 0)
}

fn has_element(
    array: &RawArray,
    filter: &Node,
    form: ElementForm,
    pace: &mut Pace<'_>,
) -> Result<bool, Fault> {
    for element in array {
        if element_matches(element?, filter, form, pace)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn element_matches(
    element: RawBsonRef<'_>,
    filter: &Node,
    form: ElementForm,
    pace: &mut Pace<'_>,
) -> Result<bool, Fault> {
    let subject = match (form, element) {
        (ElementForm::Values, value) => Subject::Value(value),
        (ElementForm::Documents, RawBsonRef::Document(document)) => Subject::Document(document),
        // An array in an array is a document whose fields are named by positions.
        (ElementForm::Documents, RawBsonRef::Array(array)) => {
            Subject::Document(RawDocument::from_bytes(array.as_bytes())?)
        }
        (ElementForm::Documents, _) => return Ok(false),
    };
    filter.matches(subject, pace)
}

fn own_key(value: RawBsonRef<'_>, pace: &mut Pace<'_>) -> Result<Vec<u8>, Fault> {
    let mut own = Vec::with_capacity(16);
    write_key(&mut own, value, pace.clock().order())?;
    pace.spend(own.len() / KEY_BYTES_PER_WORK)?;
    Ok(own)
}

fn key(value: &Bson, order: &Order) -> Result<Vec<u8>, Fault> {
    let value = RawBson::try_from(value.clone())?;
    Ok(key_of(value.as_raw_bson_ref(), order)?)
}
