//! The computed fields of a projection, put where their paths say.

use bson::RawArrayBuf;
use bson::raw::{RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use super::apply::Work;
use super::{Node, Tree};
use crate::Error;
use crate::expression::{MAX_VALUE_BYTES, sized};
use crate::fault::Fault;

/// What becomes of a child.
enum Change {
    /// It stays as it is.
    None,
    /// Its new value is missing.
    Gone,
    New(RawBson),
}

impl From<Option<RawBson>> for Change {
    fn from(value: Option<RawBson>) -> Self {
        value.map_or(Self::Gone, Self::New)
    }
}

impl Work<'_, '_> {
    /// The document with the computed fields: one that exists is replaced in its place, or goes if its new value is missing.
    pub(super) fn computed(
        &mut self,
        tree: &Tree,
        document: &RawDocument,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut changes = Vec::with_capacity(tree.children.len());
        for (name, node) in &tree.children {
            changes.push(self.change(node, name.as_str(), document)?);
        }
        let mut made = RawDocumentBuf::new();
        for element in document {
            let (name, old) = element?;
            let change = match tree.position(name.as_str()) {
                Some(at) => std::mem::replace(&mut changes[at], Change::None),
                None => Change::None,
            };
            match change {
                Change::New(new) => made.append(name, new),
                Change::Gone => {}
                Change::None => made.append(name, old),
            }
        }
        for ((name, _), change) in tree.children.iter().zip(changes) {
            if let Change::New(value) = change {
                made.append(name, value);
            }
        }
        Ok(made)
    }

    fn change(&mut self, node: &Node, name: &str, document: &RawDocument) -> Result<Change, Fault> {
        Ok(match node {
            Node::Compute(expression) => {
                let value = expression.evaluate(self.root, self.context)?;
                value.map(|value| self.counted(value)).transpose()?.into()
            }
            Node::Element(first) => match self.root.get(name)? {
                Some(RawBsonRef::Array(array)) => first
                    .of(array, self.root, &mut self.pace)?
                    .map(|found| RawBson::Array([RawBson::from(found)].into_iter().collect()))
                    .into(),
                _ => Change::Gone,
            },
            Node::Below(tree) if tree.computes => {
                Change::New(self.below_computed(tree, document.get(name)?)?)
            }
            _ => Change::None,
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
