//! `$count`: one document with the number of those that came, or none if none came.

use std::borrow::Cow;

use bson::raw::{CString, RawBson, RawDocumentBuf};

use crate::fault::Fault;
use crate::pipeline::stream::{Doc, Flow, Out, Query, Stage, Step};

/// The name of the field.
#[derive(Debug)]
pub(crate) struct Count(pub(super) CString);

struct Counting<'r> {
    name: &'r CString,
    count: i64,
}

impl Stage for Count {
    fn start<'r>(&'r self, _: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Counting {
            name: &self.0,
            count: 0,
        }))
    }
}

impl Step for Counting<'_> {
    fn take(&mut self, _: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        self.count += 1;
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        if self.count == 0 {
            return Ok(Flow::Continue(()));
        }
        let mut document = RawDocumentBuf::new();
        // The manual: a sum of ones, which is int32 while it fits.
        document.append(
            self.name,
            i32::try_from(self.count).map_or(RawBson::Int64(self.count), RawBson::Int32),
        );
        out.give(Cow::Owned(document))
    }
}
