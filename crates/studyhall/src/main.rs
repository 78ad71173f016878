//! The `studyhall` program: from the command line to an exit code.

mod commands;
mod config;
mod demo;
mod page;
mod server;
mod system;

use std::process::ExitCode;

use commands::Arguments;
use twinbase_cli::{program, terminal};

fn main() -> ExitCode {
    terminal::install_panic_hook();
    let arguments = program::parse::<Arguments>();
    let color = arguments.presentation.color();
    terminal::run(color, commands::dispatch(arguments))
}
