//! Changes: one rendered statement, sent in or outside of a transaction.

use twinbase_core::{
    PrimaryError,
    primary::{PrimaryKind, Written},
    write::{Target, Write},
};

use super::{error::translate, read, session::Session};
use crate::render::{self, Expected};

pub(super) async fn change(
    session: &mut Session,
    kind: PrimaryKind,
    write: &Write,
) -> Result<Written, PrimaryError> {
    if render::is_nothing(write) {
        return Ok(Written::default());
    }
    let operation = render::operation(write);
    let sql = render::write(kind, write)?;
    let Target::Aggregate(_) = write.target else {
        return Ok(Written {
            count: session.changed(operation, &sql).await?,
            states: Vec::new(),
        });
    };
    let answer = session.rendered(operation, &sql).await?;
    if answer.is_empty()
        && let Some(expected) = Expected::of(kind, write)?
    {
        // Where the version is the expected one, another condition was the reason.
        let found = session.rendered(operation, &expected.found).await?;
        let found = found.first().map(|row| row.try_get(0)).transpose();
        expected.check(found.map_err(|error| translate(operation, error))?)?;
    }
    let states = read::states(&answer).map_err(|error| translate(operation, error))?;
    Ok(Written {
        count: answer.len() as u64,
        states,
    })
}
