//! Kills the processes of a system again and again, in the middle of what they do, suspends workers
//! past their leases, and then checks that nothing of it was lost, doubled or undone.
//!
//! Started by `cargo xtask torture`, which provides the servers. Every process is this program.

mod app;
mod commands;
mod evidence;
mod fleet;
mod ground;
mod progress;
mod sleeper;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Kills processes and checks that nothing was lost.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(commands::run::Arguments),
    #[command(hide = true)]
    Worker(commands::worker::Arguments),
    #[command(hide = true)]
    Writer(commands::writer::Arguments),
    #[command(hide = true)]
    Rebuilder(commands::rebuilder::Arguments),
    #[command(hide = true)]
    Repairer(commands::repairer::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => commands::run::run(arguments).await,
        Command::Worker(arguments) => commands::worker::run(arguments).await,
        Command::Writer(arguments) => commands::writer::run(arguments).await,
        Command::Rebuilder(arguments) => commands::rebuilder::run(arguments).await,
        Command::Repairer(arguments) => commands::repairer::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
