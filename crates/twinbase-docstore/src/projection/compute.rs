//! The computed fields of a projection, put where their paths say.

use bson::RawArrayBuf;
use bson::raw::{RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use super::apply::Work;
use super::{Node, Tree};
use crate::Error;
use crate::expression::{MAX_VALUE_BYTES, sized};
use crate::fault::Fault;

impl Work<'_, '_> {
    /// The document with the computed fields: one that exists is replaced in its place, or goes if its new value is missing.
    pub(super) fn computed(
        &mut self,
        tree: &Tree,
        document: &RawDocument,
    ) -> Result<RawDocumentBuf, Fault> {
        // `None` is what is not computed and stays, or what stands in its place already.
        let mut values = Vec::with_capacity(tree.children.len());
        for (name, node) in &tree.children {
            values.push(self.value(node, name.as_str(), document)?);
        }
        let mut made = RawDocumentBuf::new();
        for element in document {
            let (name, old) = element?;
            let at = tree.position(name.as_str());
            match at.and_then(|at| values[at].take()) {
                Some(Some(new)) => made.append(name, new),
                Some(None) => {}
                None => made.append(name, old),
            }
        }
        for ((name, _), value) in tree.children.iter().zip(values) {
            if let Some(Some(value)) = value {
                made.append(name, value);
            }
        }
        Ok(made)
    }

    /// The new value of a child, which may be missing; `None` if it computes nothing.
    fn value(
        &mut self,
        node: &Node,
        name: &str,
        document: &RawDocument,
    ) -> Result<Option<Option<RawBson>>, Fault> {
        Ok(match node {
            Node::Compute(expression) => {
                let value = expression.evaluate(self.root, self.pace.clock())?;
                Some(value.map(|value| self.counted(value)).transpose()?)
            }
            Node::Element(first) => Some(match self.root.get(name)? {
                Some(RawBsonRef::Array(array)) => {
                    let found = first.of(array, self.root, &mut self.pace)?;
                    found.map(|found| RawBson::Array([RawBson::from(found)].into_iter().collect()))
                }
                _ => None,
            }),
            Node::Below(tree) if tree.computes => {
                Some(Some(self.below_computed(tree, document.get(name)?)?))
            }
            _ => None,
        })
    }

    /// Every document of an array gets the fields; anything else becomes a document of them.
    fn below_computed(
        &mut self,
        tree: &Tree,
        value: Option<RawBsonRef<'_>>,
    ) -> Result<RawBson, Fault> {
        self.pace.spend(1)?;
        Ok(match value {
            Some(RawBsonRef::Document(inner)) => RawBson::Document(self.computed(tree, inner)?),
            Some(RawBsonRef::Array(array)) => {
                let mut made = RawArrayBuf::new();
                for element in array {
                    made.push(self.below_computed(tree, Some(element?))?);
                }
                RawBson::Array(made)
            }
            _ => RawBson::Document(self.computed(tree, &RawDocumentBuf::new())?),
        })
    }

    /// A computed value, which counts against the size of a document however often it is put into it.
    fn counted(&mut self, value: RawBson) -> Result<RawBson, Fault> {
        self.made_bytes += match &value {
            RawBson::Document(document) => document.as_bytes().len(),
            RawBson::Array(array) => array.as_bytes().len(),
            RawBson::String(text) => text.len(),
            RawBson::Binary(binary) => binary.bytes.len(),
            _ => 1,
        };
        if self.made_bytes > MAX_VALUE_BYTES {
            return Err(Error::ResultTooLarge {
                limit_bytes: MAX_VALUE_BYTES,
            }
            .into());
        }
        sized(value)
    }
}
