//! Sort specifications, and the one key of a sort by several paths when no index gives the order.

use bson::raw::RawDocument;
use bson::{Bson, Document, doc};

use crate::Error;
use crate::access::Usable;
use crate::fault::Fault;
use crate::path::{Path, Reached, largest_key, reach, smallest_key};
use crate::request::Direction;
use crate::sql::{self, Params, key_expression, largest_key_expression, order_expression};
use crate::value::{Order, key_of_missing, write_key};

/// MongoDB's own limit.
const MAX_KEYS: usize = 32;

/// One path of a sort.
pub(crate) type Key = (Path, Direction);

/// One expression of an `order by`.
#[derive(Debug, Clone)]
pub(crate) struct OrderBy {
    pub(crate) expression: String,
    pub(crate) direction: Direction,
}

impl OrderBy {
    pub(crate) fn sql(&self) -> String {
        let order = match self.direction {
            Direction::Ascending => "asc",
            Direction::Descending => "desc",
        };
        format!("{} {order}", self.expression)
    }
}

/// Reads `{path: 1 | -1, ..}`.
pub(crate) fn parse(sort: &Document) -> Result<Vec<(Path, Direction)>, Error> {
    if sort.len() > MAX_KEYS {
        return Err(Error::QueryTooLarge {
            what: "paths in a sort",
            limit: MAX_KEYS,
        });
    }
    sort.iter()
        .map(|(path, order)| Ok((sortable(path)?, direction(path, order)?)))
        .collect()
}

/// A path that can be sorted by. Positions in arrays are left out: what they mean depends on the data.
pub(crate) fn sortable(path: &str) -> Result<Path, Error> {
    let path = Path::parse(path, "$sort")?;
    if path.has_position() {
        return Err(Error::Unsupported {
            operator: "$sort by a number in a path".to_owned(),
            path: path.text().to_owned(),
        });
    }
    Ok(path)
}

fn direction(path: &str, order: &Bson) -> Result<Direction, Error> {
    match order {
        Bson::Int32(1) | Bson::Int64(1) => return Ok(Direction::Ascending),
        Bson::Int32(-1) | Bson::Int64(-1) => return Ok(Direction::Descending),
        Bson::Double(n) if n.total_cmp(&1.0).is_eq() => return Ok(Direction::Ascending),
        Bson::Double(n) if n.total_cmp(&-1.0).is_eq() => return Ok(Direction::Descending),
        Bson::Document(inner) => {
            let operator = inner.keys().next().map_or("a document", String::as_str);
            return Err(Error::Unsupported {
                operator: operator.to_owned(),
                path: path.to_owned(),
            });
        }
        _ => {}
    }
    let reason = "takes 1 or -1".to_owned();
    Err(Error::InvalidQuery {
        operator: "$sort".to_owned(),
        path: path.to_owned(),
        reason,
    })
}

/// The `order by` of a sort. `usable` are the indexes when a table is read directly.
///
/// The paths at the beginning of which documents have one key each stand by themselves: an index that has them gives them, and
/// SQLite sorts small groups by the rest.
pub(crate) fn order_by(
    keys: &[Key],
    usable: Option<&Usable<'_>>,
    params: &mut Params,
) -> Result<Vec<OrderBy>, Error> {
    let is_single = |path: &Path| {
        usable.is_some_and(|usable| path.text() == "_id" || usable.has_single_values(path))
    };
    let singles = keys.iter().take_while(|(path, _)| is_single(path)).count();
    let (singles, rest) = keys.split_at(singles);
    let values = params.order().clone();
    let column = |(path, direction): &Key| OrderBy {
        expression: order_expression(path, &values),
        direction: *direction,
    };
    let mut order: Vec<OrderBy> = singles.iter().map(column).collect();
    match rest {
        [] => {}
        [(path, direction)] => order.push(OrderBy {
            expression: match direction {
                Direction::Ascending => key_expression(path, &values),
                Direction::Descending => largest_key_expression(path, &values),
            },
            direction: *direction,
        }),
        several => {
            let spec = Compound(several.to_vec()).to_bytes()?;
            order.push(OrderBy {
                expression: sql::call_bound("doc_sort_key", spec, params),
                direction: Direction::Ascending,
            });
        }
    }
    Ok(order)
}

/// A sort by several paths as one ascending key: the keys one after another, those of descending paths inverted.
#[derive(Debug)]
pub(crate) struct Compound(Vec<(Path, Direction)>);

impl Compound {
    pub(crate) fn new(keys: Vec<Key>) -> Self {
        Self(keys)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let keys: Vec<Bson> = self
            .0
            .iter()
            .map(|(path, d)| {
                Bson::Document(doc! { "p": path.text(), "d": *d == Direction::Descending })
            })
            .collect();
        doc! { "keys": keys }
            .to_vec()
            .map_err(|source| Error::Decode {
                operation: "writing a sort",
                source,
            })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let spec = Document::from_reader(bytes)?;
        let mut keys = Vec::new();
        for key in spec
            .get_array("keys")
            .into_iter()
            .flatten()
            .filter_map(Bson::as_document)
        {
            let descending = key.get_bool("d").unwrap_or(false);
            let direction = if descending {
                Direction::Descending
            } else {
                Direction::Ascending
            };
            keys.push((
                Path::parse(key.get_str("p").unwrap_or_default(), "$sort")?,
                direction,
            ));
        }
        Ok(Self(keys))
    }

    /// The key of a document.
    pub(crate) fn key(&self, document: &RawDocument, order: &Order) -> Result<Vec<u8>, Fault> {
        let mut key = Vec::with_capacity(32);
        self.write_key(document, order, &mut key)?;
        Ok(key)
    }

    /// Appends the key of a document.
    ///
    /// Two paths through arrays would have to be taken from the same element, or be refused as parallel: both are refused.
    pub(crate) fn write_key(
        &self,
        document: &RawDocument,
        order: &Order,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let mut arrays = 0;
        for (path, direction) in &self.0 {
            let begin = out.len();
            match reach(document, path.parts())? {
                Reached::Value(value) => write_key(out, value, order)?,
                Reached::Missing => out.extend(key_of_missing()),
                Reached::Array => {
                    arrays += 1;
                    if arrays > 1 {
                        let operator = "$sort by two paths through arrays".to_owned();
                        return Err(Error::Unsupported {
                            operator,
                            path: path.text().to_owned(),
                        }
                        .into());
                    }
                    out.extend(match direction {
                        Direction::Ascending => smallest_key(document, path.parts(), order)?,
                        Direction::Descending => largest_key(document, path.parts(), order)?,
                    });
                }
            }
            if *direction == Direction::Descending {
                out[begin..].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
        Ok(())
    }
}
