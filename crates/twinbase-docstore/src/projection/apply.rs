//! A projection at work. Kept fields stay in the order of the document; computed ones follow in the order of the projection.

use bson::RawArrayBuf;
use bson::raw::{RawArray, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use super::parse::invalid;
use super::{Mode, Node, Projection, Tree};
use crate::expression::Context;
use crate::fault::Fault;
use crate::filter::{First, Pace};

impl Projection {
    pub(crate) fn apply(
        &self,
        document: &RawDocument,
        context: Context<'_>,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut work = Work {
            mode: self.mode,
            root: document,
            context,
            pace: Pace::begin(context.clock)?,
            made_bytes: 0,
        };
        let kept = work.kept(&self.tree, document)?;
        if self.tree.computes {
            return work.computed(&self.tree, &kept);
        }
        Ok(kept)
    }
}

/// One document at work.
pub(super) struct Work<'d, 'c> {
    mode: Mode,
    /// The document as it came, which expressions see.
    pub(super) root: &'d RawDocument,
    pub(super) context: Context<'c>,
    pub(super) pace: Pace<'c>,
    /// The bytes of what was computed.
    pub(super) made_bytes: usize,
}

impl Work<'_, '_> {
    fn kept(&mut self, tree: &Tree, document: &RawDocument) -> Result<RawDocumentBuf, Fault> {
        let mut kept = RawDocumentBuf::new();
        for element in document {
            self.pace.spend(1)?;
            let (name, value) = element?;
            if let Some(value) = self.field(tree.child(name.as_str()), value)? {
                kept.append(name, value);
            }
        }
        Ok(kept)
    }

    fn field(
        &mut self,
        node: Option<&Node>,
        value: RawBsonRef<'_>,
    ) -> Result<Option<RawBson>, Fault> {
        let keeps = match (node, value) {
            (None, _) => self.mode.keeps_others(),
            // Where others are kept, a computed field takes the place of the one that is there.
            (Some(Node::Compute(_) | Node::Element(_)), _) => self.mode == Mode::Add,
            (Some(Node::Drop), _) => false,
            (Some(Node::Slice(slice)), RawBsonRef::Array(array)) => {
                return Ok(Some(RawBson::Array(slice.apply(array)?)));
            }
            (Some(Node::Position(first)), RawBsonRef::Array(array)) => {
                return self.position(first, array).map(Some);
            }
            (Some(Node::Below(tree)), value) => return self.below(tree, value),
            (Some(Node::Keep | Node::Slice(_) | Node::Position(_)), _) => true,
        };
        Ok(keeps.then(|| RawBson::from(value)))
    }

    /// What is left of a value when only paths below it are named: of a scalar, nothing is kept and nothing left out.
    fn below(&mut self, tree: &Tree, value: RawBsonRef<'_>) -> Result<Option<RawBson>, Fault> {
        Ok(match value {
            RawBsonRef::Document(inner) => Some(RawBson::Document(self.kept(tree, inner)?)),
            RawBsonRef::Array(array) => {
                let mut kept = RawArrayBuf::new();
                for element in array {
                    self.pace.spend(1)?;
                    if let Some(value) = self.below(tree, element?)? {
                        kept.push(value);
                    }
                }
                Some(RawBson::Array(kept))
            }
            scalar => self.mode.keeps_others().then(|| RawBson::from(scalar)),
        })
    }

    fn position(&mut self, first: &First, array: &RawArray) -> Result<RawBson, Fault> {
        let found = first.of(array, self.root, &mut self.pace)?.ok_or_else(|| {
            invalid(
                "",
                "the positional $ has no element: the filter found the document by none",
            )
        })?;
        let mut one = RawArrayBuf::new();
        one.push(found);
        Ok(RawBson::Array(one))
    }
}
