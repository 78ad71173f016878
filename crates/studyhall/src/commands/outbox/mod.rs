//! `studyhall outbox`: the events, and what an operator does with them.

mod act;
mod arguments;
mod filter;
mod groups;
mod list;
mod rate;
mod show;

pub(super) use arguments::OutboxAction;
pub(super) use groups::json as group_json;

use twinbase::operate::{OperateError, Verb};

use crate::{
    config::Config,
    server::or_interrupt,
    terminal::{Exit, Failure, Output},
};

pub(super) async fn run(
    config: &Config,
    output: Output,
    action: OutboxAction,
) -> Result<Exit, Failure> {
    match action {
        OutboxAction::List(arguments) => or_interrupt(list::run(config, output, &arguments)).await,
        OutboxAction::Show(arguments) => or_interrupt(show::run(config, output, &arguments)).await,
        OutboxAction::Groups(arguments) => {
            or_interrupt(groups::run(config, output, &arguments)).await
        }
        OutboxAction::Retry(arguments) => {
            let rate = arguments.rate.get();
            act::run(config, output, Verb::Retry, &arguments.scope, rate).await
        }
        OutboxAction::Discard(arguments) => {
            let reason = arguments.reason.into();
            let verb = Verb::Discard { reason };
            act::run(config, output, verb, &arguments.scope, None).await
        }
        OutboxAction::Restore(arguments) => {
            let rate = arguments.rate.get();
            act::run(config, output, Verb::Restore, &arguments.scope, rate).await
        }
    }
}

impl From<OperateError> for Failure {
    fn from(error: OperateError) -> Self {
        let failure = Self::of(&error, error.remedy());
        match error {
            OperateError::Invalid { .. } => failure.of_usage(),
            OperateError::TooMany { .. } | OperateError::Primary(_) => failure,
        }
    }
}
