//! The first element of an array that matches: for `$elemMatch` and the positional `$` of projections.

use bson::Document;
use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::matcher::Matcher;
use super::parse::{invalid, unsupported};
use super::regex::Budget;
use super::{Filter, Leaf, Pace, Test, compiled, parse};
use crate::fault::Fault;
use crate::path::{Path, traverses_array};
use crate::value::Order;
use crate::{Error, Options};

/// What the element must be.
#[derive(Debug)]
pub(crate) struct First {
    matcher: Matcher,
    /// Where in the element the matching value is; `None` for the element itself.
    below: Option<Path>,
    /// Paths of other conditions: an array on one of them leaves open which array MongoDB means.
    others: Vec<Path>,
    path: Path,
}

impl First {
    /// By a condition of its own: `{$elemMatch: ..}`.
    pub(crate) fn of_condition(
        path: &str,
        condition: &Document,
        order: &Order,
    ) -> Result<Self, Error> {
        let filter = bson::doc! { path: condition.clone() };
        match parse(&filter, &Options::default())? {
            Filter::Leaf(
                leaf @ Leaf {
                    test: Test::Element(_),
                    ..
                },
            ) => Self::new(&leaf, None, Vec::new(), order),
            _ => Err(invalid("$elemMatch", path, "stands alone in its document")),
        }
    }

    /// By the one condition that a filter has on the elements of the array at a path: positional `$`.
    pub(crate) fn of_filter(path: &Path, filter: &Filter, order: &Order) -> Result<Self, Error> {
        let mut conditions = Conditions::default();
        conditions.gather(filter);
        let place = || format!("{}.$", path.text());
        let below = |other: &Path| other.parts().strip_prefix(path.parts()).map(<[_]>::to_vec);
        let (own, others): (Vec<&Leaf>, Vec<&Leaf>) = conditions
            .all
            .into_iter()
            .partition(|leaf| below(&leaf.path).is_some());
        if conditions.open.iter().any(|path| below(path).is_some()) {
            return Err(unsupported(
                "positional $ of a condition in an $or",
                &place(),
            ));
        }
        let leaf = match own[..] {
            [leaf] => leaf,
            [] => {
                let reason = "needs a condition of the filter on the array";
                return Err(invalid("positional $", &place(), reason));
            }
            _ => {
                let operator = "positional $ of more than one condition";
                return Err(unsupported(operator, &place()));
            }
        };
        let rest = below(&leaf.path).unwrap_or_default();
        let whole = matches!(leaf.test, Test::Exists | Test::Size(_));
        let deep = !rest.is_empty() && matches!(leaf.test, Test::Element(_));
        if whole || deep || leaf.path.has_position() {
            let operator = "positional $ of a condition that is not on elements";
            return Err(unsupported(operator, &place()));
        }
        let below = if rest.is_empty() {
            None
        } else {
            Some(Path::parse(&rest.join("."), "a projection")?)
        };
        let others = others.into_iter().map(|leaf| leaf.path.clone());
        let others = others.chain(conditions.open.into_iter().cloned()).collect();
        Ok(Self {
            path: path.clone(),
            ..Self::new(leaf, below, others, order)?
        })
    }

    fn new(
        leaf: &Leaf,
        below: Option<Path>,
        others: Vec<Path>,
        order: &Order,
    ) -> Result<Self, Error> {
        Ok(Self {
            matcher: Matcher::new(&leaf.test, leaf.path.text(), order, &mut Budget::default())?,
            below,
            others,
            path: leaf.path.clone(),
        })
    }

    /// The first element of the array that matches. `root` is the document that the array is in.
    pub(crate) fn of<'a>(
        &self,
        array: &'a RawArray,
        root: &RawDocument,
        pace: &mut Pace<'_>,
    ) -> Result<Option<RawBsonRef<'a>>, Fault> {
        for other in &self.others {
            if traverses_array(root, other.parts())? {
                return Err(self.open("positional $ with conditions on two arrays"));
            }
        }
        for element in array {
            let element = element?;
            let found = match (&self.below, element) {
                (None, element) => self.matcher.accepts_element(element, pace)?,
                (Some(path), RawBsonRef::Document(inner)) => {
                    let found = compiled::leaf(inner, path, &self.matcher, pace)?;
                    if found && traverses_array(inner, path.parts())? {
                        return Err(self.open("positional $ of an array in an array"));
                    }
                    found
                }
                (Some(_), _) => false,
            };
            if found {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    fn open(&self, operator: &str) -> Fault {
        unsupported(operator, &format!("{}.$", self.path.text())).into()
    }
}

/// The conditions of a filter, by whether each of them must hold.
#[derive(Default)]
struct Conditions<'f> {
    all: Vec<&'f Leaf>,
    /// Those of an `$or`. MongoDB takes no position from what is negated.
    open: Vec<&'f Path>,
}

impl<'f> Conditions<'f> {
    fn gather_all(&mut self, filters: &'f [Filter]) {
        for filter in filters {
            self.gather(filter);
        }
    }

    fn gather(&mut self, filter: &'f Filter) {
        match filter {
            Filter::And(all) => self.gather_all(all),
            Filter::Leaf(leaf) => self.all.push(leaf),
            Filter::Or(any) => {
                let mut inner = Self::default();
                inner.gather_all(any);
                self.open.extend(inner.all.iter().map(|leaf| &leaf.path));
                self.open.extend(inner.open);
            }
            Filter::Not(_) | Filter::Expression(_) | Filter::Text(_) => {}
        }
    }
}
