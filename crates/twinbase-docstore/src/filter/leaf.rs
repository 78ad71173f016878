//! A leaf as a filter of its own: the form in which it is bound to a statement.

use bson::{Bson, Document, bson, doc};

use super::{Leaf, Test, types};

impl Leaf {
    /// A filter that is parsed to this leaf.
    pub(crate) fn to_document(&self) -> Document {
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
