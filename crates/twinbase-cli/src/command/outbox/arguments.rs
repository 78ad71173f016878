//! The arguments of the outbox's commands.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};

use super::filter::FilterArguments;
use crate::command::rate::parse as parse_rate;

/// What `outbox` does.
#[derive(Debug, Subcommand)]
pub enum OutboxAction {
    /// List events; without --status those that are not processed.
    #[command(after_long_help = "\
Examples:
  {program} outbox list
  {program} outbox list --status failed --type todo --limit 100
  {program} outbox list --output jsonl | jq -r .id

The newest come first. A page that is not the last one prints the --cursor of the
next one; `nextCursor` in JSON.")]
    List(ListArguments),
    /// Show events with their payloads, and their documents as they are now.
    #[command(after_long_help = "\
Example:
  {program} outbox show 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b

The payload and the document may hold personal data.")]
    Show(ShowArguments),
    /// List why events fail: one line per cause, the largest group first.
    #[command(after_long_help = "\
Examples:
  {program} outbox groups
  {program} outbox groups --json | jq -r '.items[0].errorKey'")]
    Groups(GroupsArguments),
    /// Retry failed and retrying events now, from their current rows; by id also pending ones that wait for a later time.
    #[command(after_long_help = "\
Examples:
  {program} outbox retry 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
  {program} outbox retry --error-key rejected-121 --dry-run
  {program} outbox retry --error-key rejected-121 --rate 200/s --yes
  {program} outbox retry --all

It acts on what has failed when it begins, so it ends even if events fail again.
Ctrl-C ends it after the events in flight (exit code 130); run it again to continue.
Exit code 4 when only a part was done.")]
    Retry(RetryArguments),
    /// Give up on failed events, with a reason; they are kept and can be restored.
    #[command(after_long_help = "\
Examples:
  {program} outbox discard 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --reason \"test data\"
  {program} outbox discard --type todo --status retrying --reason \"see incident 12\" --dry-run

Without --status only failed events are discarded: others may still be applied. The
document stays as it is until its aggregate changes again.")]
    Discard(DiscardArguments),
    /// Make discarded events pending again.
    #[command(after_long_help = "\
Examples:
  {program} outbox restore 0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
  {program} outbox restore --type todo --all

Once retention has removed an event it cannot be restored.")]
    Restore(RestoreArguments),
}

/// The arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    pub(super) filter: FilterArguments,
    /// At most this many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) limit: u32,
    /// Where to continue: the cursor that the previous page printed.
    #[arg(long, value_parser = twinbase_console::read_cursor)]
    pub(super) cursor: Option<twinbase::core::primary::EventCursor>,
}

/// The arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The events.
    #[arg(required = true, value_name = "ID")]
    pub(super) ids: Vec<String>,
}

/// The arguments of `groups`.
#[derive(Debug, Args)]
pub struct GroupsArguments {
    /// At most this many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) limit: u32,
}

/// The arguments of `retry`.
#[derive(Debug, Args)]
pub struct RetryArguments {
    #[command(flatten)]
    pub(super) scope: ScopeArguments,
    #[command(flatten)]
    pub(super) rate: RateArguments,
}

/// The arguments of `discard`.
#[derive(Debug, Args)]
pub struct DiscardArguments {
    #[command(flatten)]
    pub(super) scope: ScopeArguments,
    /// Why; stored with each event.
    #[arg(long, value_name = "TEXT", value_parser = twinbase::operate::reason)]
    pub(super) reason: String,
}

/// The arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    pub(super) scope: ScopeArguments,
    #[command(flatten)]
    pub(super) rate: RateArguments,
}

/// The events that a verb acts on, and whether it asks first.
#[derive(Debug, Args)]
pub(crate) struct ScopeArguments {
    #[command(flatten)]
    pub(super) filter: FilterArguments,
    /// Act on all events that the verb can act on.
    #[arg(long, conflicts_with = "ids")]
    pub(super) all: bool,
    /// Only print how many events it would act on.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub(super) yes: bool,
}

/// How fast a verb goes.
#[derive(Debug, Args)]
pub(crate) struct RateArguments {
    /// At most this many events a second, such as 200/s; without it there is no limit.
    #[arg(long, value_name = "N/s", value_parser = parse_rate)]
    rate: Option<NonZeroU32>,
}

impl RateArguments {
    pub(super) fn get(&self) -> Option<NonZeroU32> {
        self.rate
    }
}
