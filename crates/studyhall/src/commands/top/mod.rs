//! `studyhall top`: everything at a glance, refreshed. It asks the databases themselves, so it works wherever the workers run.

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
    config::Config,
    server::or_interrupt,
    terminal::{ColorChoice, Exit, Failure, Format, Line, Output},
};
use look::Look;
use rates::Rates;
use view::{Mode, Size, render};

pub(super) const EXAMPLES: &str = "\
Examples:
  studyhall top
  studyhall top --interval 5
  studyhall top --once --json | jq .collections

Keys: q or Ctrl-C quits, p pauses and resumes the display.
Rates come from what workers report every two seconds, so they appear after some
seconds. Without a terminal it prints once.";

/// On paper, where a width is not known.
const PAPER: usize = 100;

/// What `top` is told.
#[derive(Debug, Args)]
pub(crate) struct Top {
    /// Seconds between two looks.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    interval: u64,
    /// Look once, print, and end.
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(
    config: &Config,
    output: Output,
    color: ColorChoice,
    arguments: &Top,
) -> Result<Exit, Failure> {
    let on_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if arguments.once || !on_terminal || output.format != Format::Table {
        return or_interrupt(Box::pin(once(config, output))).await;
    }
    let system = visit(config).await?;
    let cap = config.backlog_cap.value;
    let interval = Duration::from_secs(arguments.interval);
    let ended = live::run(&system.twin, cap, interval, color.on_stdout()).await;
    system.twin.close().await;
    ended
}

async fn once(config: &Config, output: Output) -> Result<Exit, Failure> {
    let system = visit(config).await?;
    let look = Look::take(&system.twin, config.backlog_cap.value).await;
    system.twin.close().await;
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
