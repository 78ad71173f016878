//! The `studyhall` program: from the command line to an exit code.

mod commands;
mod config;
mod data_folder;
mod demo;
mod page;
mod server;
mod system;

use std::process::ExitCode;

use commands::Arguments;
use terminal::Failure;
use twinbase_cli::{program, terminal};

fn main() -> ExitCode {
    terminal::install_panic_hook();
    let arguments = program::parse::<Arguments>();
    let color = arguments.presentation.color();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(
                "the program cannot start its threads",
                "Check the limits of this process.",
            );
            failure.because(error).print(color);
            return terminal::Exit::Error.into();
        }
    };
    let result = runtime.block_on(commands::dispatch(arguments));
    // What still runs here has nothing to finish: services were stopped before.
    runtime.shutdown_background();
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print(color);
            failure.exit().into()
        }
    }
}
