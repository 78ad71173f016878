//! The aggregate function that folds the rows of one group into its document.

use bson::raw::{RawBson, RawDocumentBuf, cstr};
use rusqlite::Result;
use rusqlite::functions::{Aggregate, Context};

use super::Group;
use super::accumulator::State;
use crate::fault::Fault;
use crate::functions::{blob, document};
use crate::store::Clock;

/// `doc_group(row, spec)`.
pub(crate) struct Fold(pub(crate) Clock);

/// A group in the making. Its `_id` is that of its first row.
pub(crate) struct Open {
    group: Group,
    id: Option<RawBson>,
    states: Vec<State>,
}

impl std::panic::UnwindSafe for Open {}
impl std::panic::RefUnwindSafe for Open {}

impl Aggregate<Open, Option<Vec<u8>>> for Fold {
    fn init(&self, context: &mut Context<'_>) -> Result<Open> {
        let group = Group::from_bytes(blob(context.get_raw(1))?)?;
        let states = group
            .fields
            .iter()
            .map(|field| field.accumulator.start())
            .collect();
        Ok(Open {
            group,
            id: None,
            states,
        })
    }

    fn step(&self, context: &mut Context<'_>, open: &mut Open) -> Result<()> {
        self.0.ask()?;
        let row = document(context)?;
        if open.id.is_none() {
            open.id = row.get("_id").map_err(Fault::from)?.map(RawBson::from);
        }
        let arguments = Group::arguments(row, open.states.len()).map_err(Fault::from)?;
        let fields = open.group.fields.iter().zip(&mut open.states);
        for ((field, state), argument) in fields.zip(arguments) {
            state.add(argument, field.name.as_str())?;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, open: Option<Open>) -> Result<Option<Vec<u8>>> {
        let Some(open) = open else { return Ok(None) };
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), open.id.unwrap_or(RawBson::Null));
        for (field, state) in open.group.fields.iter().zip(open.states) {
            document.append(&field.name, state.finish());
        }
        Ok(Some(document.into_bytes()))
    }
}
