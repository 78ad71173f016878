//! A filter as a document again: the form in which it is bound to a statement.

use bson::{Bson, Document, bson, doc};

use super::{Filter, Leaf, Test, types};
use crate::fault::Fault;

impl Filter {
    /// The bytes of a document that is parsed to this filter.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.to_document()?.to_vec()?)
    }

    fn to_document(&self) -> Result<Document, Fault> {
        let list = |filters: &[Self]| -> Result<Vec<Document>, Fault> {
            filters.iter().map(Self::to_document).collect()
        };
        Ok(match self {
            Self::And(all) if all.is_empty() => doc! {},
            Self::And(all) => doc! { "$and": list(all)? },
            // Of no alternative, none holds.
            Self::Or(any) if any.is_empty() => doc! { "$nor": [{}] },
            Self::Or(any) => doc! { "$or": list(any)? },
            Self::Not(filter) => doc! { "$nor": [filter.to_document()?] },
            Self::Leaf(leaf) => leaf.to_document(),
            Self::Text(_) => return Err(super::parse::misplaced_text().into()),
            Self::Expression(bound) => {
                let mut bound = Document::from_reader(bound.as_slice())?;
                doc! { "$expr": bound.remove("e").unwrap_or(Bson::Null) }
            }
        })
    }
}

impl Leaf {
    /// A filter that is parsed to this leaf.
    fn to_document(&self) -> Document {
        let (operator, value) = match &self.test {
            Test::Equal(value) => ("$eq", value.clone()),
            Test::Compare(comparison, value) => (comparison.name(), value.clone()),
            Test::In(values) => ("$in", values.clone().into()),
            Test::Exists => ("$exists", true.into()),
            Test::Regex(regex) => ("$regex", Bson::RegularExpression(regex.clone())),
            Test::Size(size) => ("$size", Bson::Int64(*size)),
            Test::Modulo { divisor, remainder } => ("$mod", bson!([*divisor, *remainder])),
            Test::Type(of) => (
                "$type",
                of.iter()
                    .map(|own| types::number(*own))
                    .collect::<Vec<_>>()
                    .into(),
            ),
            Test::Element(element) => ("$elemMatch", element.operand.clone().into()),
        };
        doc! { self.path.text(): { operator: value } }
    }
}
