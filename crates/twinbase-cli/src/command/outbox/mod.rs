//! `outbox`: the events, and what an operator does with them.

mod act;
mod arguments;
mod filter;
mod groups;
mod list;
mod show;

pub(super) use arguments::OutboxAction;
pub(super) use groups::json as group_json;

use twinbase::operate::Verb;

use crate::{
    Host, or_interrupt,
    terminal::{Exit, Failure, Output},
};

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    action: OutboxAction,
) -> Result<Exit, Failure> {
    match action {
        OutboxAction::List(arguments) => or_interrupt(list::run(host, output, &arguments)).await,
        OutboxAction::Show(arguments) => or_interrupt(show::run(host, output, &arguments)).await,
        OutboxAction::Groups(arguments) => {
            or_interrupt(groups::run(host, output, &arguments)).await
        }
        OutboxAction::Retry(arguments) => {
            let rate = arguments.rate.get();
            act::run(host, output, Verb::Retry, &arguments.scope, rate).await
        }
        OutboxAction::Discard(arguments) => {
            let reason = arguments.reason.into();
            let verb = Verb::Discard { reason };
            act::run(host, output, verb, &arguments.scope, None).await
        }
        OutboxAction::Restore(arguments) => {
            let rate = arguments.rate.get();
            act::run(host, output, Verb::Restore, &arguments.scope, rate).await
        }
    }
}
