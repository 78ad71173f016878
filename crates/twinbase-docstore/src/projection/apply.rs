//! A projection at work. Kept fields stay in the order of the document; computed ones follow in the order of the projection.

use bson::RawArrayBuf;
use bson::error::Error;
use bson::raw::{RawArray, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use crate::fault::Fault;
use crate::store::Clock;

use super::{Mode, Projection, Tree};

impl Projection {
    pub(crate) fn apply(
        &self,
        document: &RawDocument,
        clock: &Clock,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut projected = walk(self.mode, &self.tree, document)?;
        for (name, expression) in &self.computed {
            if let Some(value) = expression.evaluate(document, clock)? {
                projected.append(name, value);
            }
        }
        Ok(projected)
    }
}

fn walk(mode: Mode, tree: &Tree, document: &RawDocument) -> Result<RawDocumentBuf, Error> {
    let mut projected = RawDocumentBuf::new();
    for element in document {
        let (name, value) = element?;
        let kept = match (tree.child(name.as_str()), mode) {
            (None, Mode::Include) => None,
            (None, Mode::Exclude) => Some(RawBson::from(value)),
            (Some(child), mode) if child.children.is_empty() => {
                (mode == Mode::Include).then(|| RawBson::from(value))
            }
            (Some(child), mode) => below(mode, child, value)?,
        };
        if let Some(value) = kept {
            projected.append(name, value);
        }
    }
    Ok(projected)
}

/// What is left of a value when only paths below it are named: of a scalar, nothing is kept and nothing left out.
fn below(mode: Mode, tree: &Tree, value: RawBsonRef<'_>) -> Result<Option<RawBson>, Error> {
    Ok(match value {
        RawBsonRef::Document(inner) => Some(RawBson::Document(walk(mode, tree, inner)?)),
        RawBsonRef::Array(array) => Some(RawBson::Array(elements(mode, tree, array)?)),
        _ if mode == Mode::Include => None,
        scalar => Some(RawBson::from(scalar)),
    })
}

fn elements(mode: Mode, tree: &Tree, array: &RawArray) -> Result<RawArrayBuf, Error> {
    let mut projected = RawArrayBuf::new();
    for element in array {
        if let Some(value) = below(mode, tree, element?)? {
            projected.push(value);
        }
    }
    Ok(projected)
}
