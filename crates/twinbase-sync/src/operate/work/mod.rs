//! What operations do.

mod compare;
mod events;
mod rebuild;

use crate::{
    Sides, error_chain,
    operate::{Operation, Task},
    worker::{EngineError, Signals},
};
use twinbase_core::PrimaryError;

/// Why an operation ended before everything was done.
pub(super) enum Ended {
    Cancelled,
    /// With the error, its causes, and its remedy where there is one.
    Failed(String),
    /// Another process goes on with it.
    TakenOver,
}

impl From<PrimaryError> for Ended {
    fn from(error: PrimaryError) -> Self {
        Self::Failed(error_chain(&error))
    }
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Self::Failed(format!("{}. {}", error_chain(&error), error.remedy()))
    }
}

/// Does the work, to the end, whichever it is. All of it can be done again.
pub(super) async fn run(
    sides: &Sides,
    signals: &Signals,
    operation: &Operation,
) -> Result<(), Ended> {
    match &operation.task {
        Task::Events { verb, filter, rate } => {
            let statuses = verb.statuses(filter);
            let ask = |status, limit| events::ask(sides, signals, verb, filter, status, limit);
            events::change(operation, &statuses, *rate, ask).await
        }
        Task::Verify(options) => compare::verify(sides, operation, options).await,
        Task::Repair(options) => compare::repair(sides, signals, operation, options).await,
        Task::Rebuild(of) => rebuild::follow(sides, signals, operation, &of.about).await,
        Task::Done(_) => Ok(()),
    }
}
