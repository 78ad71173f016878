//! The `twinbase` program: the operator's commands for the databases of any application.

mod arguments;
mod config;
mod host;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use config::Config;
use host::AnyDatabases;
use twinbase_cli::{
    program,
    settings::{Environment, Settings as _},
    terminal::{self, Exit, Failure},
};

fn main() -> ExitCode {
    terminal::install_panic_hook();
    let arguments = program::parse::<Arguments>();
    let color = arguments.presentation.color();
    terminal::run(color, dispatch(arguments))
}

async fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    let shown = arguments.presentation;
    let resolve = || Config::resolve(&arguments.settings, &Environment::of_process());
    let command = match arguments.command {
        Command::About(about) => return about.run(program::describe::<Arguments>()),
        Command::Config { action } => return action.run(resolve, shown.output()),
        Command::Operate(command) => command,
    };
    let config = resolve()?;
    config.start_logging(shown.color());
    let host = AnyDatabases::new(config)?;
    Box::pin(command.run(&host, &shown)).await
}
