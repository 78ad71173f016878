//! `$bucketAuto`: as many buckets as wanted, of about the same number of documents.

use std::borrow::Cow;

use bson::raw::{RawBson, RawDocumentBuf, cstr};
use bson::{Bson, Document};

use super::group::Fields;
use super::{bucket, invalid};
use crate::Error;
use crate::expression::Expression;
use crate::fault::Fault;
use crate::pipeline::stream::{Doc, Flow, Held, Out, Query, Stage, Step};
use crate::value::key_of;

/// A parsed `$bucketAuto`.
#[derive(Debug)]
pub(crate) struct BucketAuto {
    by: Expression,
    buckets: usize,
    fields: Fields,
}

impl BucketAuto {
    pub(super) fn parse(spec: &Document, place: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| invalid("$bucketAuto", place, reason);
        for name in spec.keys() {
            match name.as_str() {
                "groupBy" | "buckets" | "output" => {}
                "granularity" => {
                    return Err(Error::Unsupported {
                        operator: "$bucketAuto with granularity".to_owned(),
                        path: place.to_owned(),
                    });
                }
                name => return Err(refuse(&format!("{name} is no option"))),
            }
        }
        let by = spec.get("groupBy").ok_or_else(|| refuse("needs groupBy"))?;
        let buckets = match spec.get("buckets") {
            Some(Bson::Int32(n)) => usize::try_from(*n).ok(),
            Some(Bson::Int64(n)) => usize::try_from(*n).ok(),
            _ => None,
        };
        let default = bucket::default_output();
        let output = match spec.get("output") {
            Some(Bson::Document(output)) => output,
            Some(_) => return Err(refuse("output is a document")),
            None => &default,
        };
        Ok(Self {
            by: Expression::parse(by, place)?,
            buckets: buckets
                .filter(|buckets| *buckets > 0)
                .ok_or_else(|| refuse("buckets is a whole number above 0"))?,
            fields: Fields::parse("$bucketAuto", output)?,
        })
    }
}

struct Entry {
    key: Vec<u8>,
    value: RawBson,
    document: RawDocumentBuf,
}

struct Sharing<'r> {
    stage: &'r BucketAuto,
    query: &'r Query<'r>,
    entries: Vec<Entry>,
    held: Held<'r>,
}

impl Stage for BucketAuto {
    fn start<'r>(&'r self, query: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Sharing {
            stage: self,
            query,
            entries: Vec::new(),
            held: query.hold(),
        }))
    }
}

impl Sharing<'_> {
    /// The document of the entries of one bucket, whose upper end is the next one's lower end.
    fn bucket(
        &mut self,
        entries: &[Entry],
        next: Option<&RawBson>,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut states = self.stage.fields.start();
        for entry in entries {
            self.stage
                .fields
                .add(&mut states, &entry.document, self.query, &mut self.held)?;
        }
        let mut id = RawDocumentBuf::new();
        let value = |entry: Option<&Entry>| entry.map_or(RawBson::Null, |e| e.value.clone());
        id.append(cstr!("min"), value(entries.first()));
        id.append(
            cstr!("max"),
            next.cloned().unwrap_or_else(|| value(entries.last())),
        );
        Ok(self.stage.fields.finish(RawBson::Document(id), states))
    }
}

impl Step for Sharing<'_> {
    fn take(&mut self, document: Doc<'_>, _: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let value = self.stage.by.evaluate(&document, self.query.clock)?;
        let value = value.unwrap_or(RawBson::Null);
        let key = key_of(value.as_raw_bson_ref(), self.query.clock.order())?;
        self.held
            .take(2 * key.len() + document.as_bytes().len() + size_of::<Entry>())?;
        self.entries.push(Entry {
            key,
            value,
            document: document.into_owned(),
        });
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let buckets = self.stage.buckets;
        // The nearest whole share, halves upwards, and never none.
        let share = ((2 * entries.len() + buckets) / (2 * buckets)).max(1);
        let mut rest = entries.as_slice();
        for number in 1..=buckets {
            if rest.is_empty() {
                break;
            }
            let mut end = if number == buckets {
                rest.len()
            } else {
                share.min(rest.len())
            };
            // Equal values are in one bucket.
            while end < rest.len() && rest[end].key == rest[end - 1].key {
                end += 1;
            }
            let (bucket, after) = rest.split_at(end);
            let made = self.bucket(bucket, after.first().map(|entry| &entry.value))?;
            rest = after;
            if out.give(Cow::Owned(made))?.is_break() {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }
}
