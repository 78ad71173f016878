//! `top`: everything at a glance, refreshed. It asks the databases themselves, so it works wherever the workers run.

mod grid;
mod live;
mod look;
mod rates;
#[cfg(test)]
pub(super) mod sample;
mod sections;
mod view;

use std::{io::IsTerminal as _, time::Duration};

use clap::Args;

use super::visit;
use crate::{
    Host, or_interrupt,
    terminal::{ColorChoice, Exit, Failure, Format, Line, Output},
};
use look::Look;
use rates::Rates;
use view::{Mode, Size, render};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} top
  {program} top --interval 5
  {program} top --once --json | jq .collections

Keys: q or Ctrl-C quits, p pauses and resumes the display.
Rates come from what workers report every two seconds, so they appear after some
seconds. Without a terminal it prints once.";

/// On paper, where a width is not known.
const PAPER: usize = 100;

/// What `top` is told.
#[derive(Debug, Args)]
pub struct Top {
    /// Seconds between two looks.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    interval: u64,
    /// Look once, print, and end.
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    color: ColorChoice,
    arguments: &Top,
) -> Result<Exit, Failure> {
    let on_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if arguments.once || !on_terminal || output.format != Format::Table {
        return or_interrupt(Box::pin(once(host, output))).await;
    }
    let twin = visit(host).await?;
    let interval = Duration::from_secs(arguments.interval);
    let ended = live::run(&twin, host, interval, color.on_stdout()).await;
    twin.close().await;
    ended
}

async fn once(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let look = Look::take(&twin, host).await;
    twin.close().await;
    let whole = look.json();
    output.data(&whole, std::slice::from_ref(&whole), || {
        let size = Size {
            width: PAPER,
            height: None,
        };
        let lines = render(&look, &Rates::default(), Mode::Once, size);
        let lines: Vec<_> = lines.iter().map(Line::plain).collect();
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}
