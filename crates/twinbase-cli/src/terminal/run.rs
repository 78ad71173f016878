//! From a command to the exit code of the process.

use std::process::ExitCode;

use super::{ColorChoice, Exit, Failure};

/// Runs a command to its end on threads of its own, and prints why it failed.
pub fn run(color: ColorChoice, command: impl Future<Output = Result<Exit, Failure>>) -> ExitCode {
    let result = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let result = runtime.block_on(command);
            // What still runs here has nothing to finish: services were stopped before.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::new(
            "the program cannot start its threads",
            "Check the limits of this process.",
        )
        .because(error)),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print(color);
            failure.exit().into()
        }
    }
}
