//! The commands, one a file. Each answers how it ended.

mod arguments;
mod completions;
mod demo;
mod health;
mod man;
mod migrate;
mod run;
mod show_config;
mod verify;

pub(crate) use arguments::Arguments;

use arguments::{Command, ConfigAction};
use run::Service;

use crate::{
    config::{self, Environment},
    server::or_interrupt,
    terminal::{Exit, Failure, hide, start_logging},
};

/// Does what the command line asks for.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    let output = arguments.output();
    // These two need no configuration, and must work with a wrong one.
    match &arguments.command {
        Some(Command::Completions { shell }) => return completions::run(*shell),
        Some(Command::Man) => return man::run(),
        _ => {}
    }
    let config = config::resolve(&arguments.flags(), &Environment::of_process())?;
    hide(
        [
            config.database_url.value.expose(),
            config.mongodb_url.value.expose(),
        ],
        config.metrics_token.value.expose(),
    );
    start_logging(
        &config.log_level.value,
        config.log_format.value,
        arguments.color(),
    );
    match arguments.command {
        None => run::run(&config, Service::Everything).await,
        Some(Command::Serve) => run::run(&config, Service::Server).await,
        Some(Command::Worker) => run::run(&config, Service::Worker).await,
        Some(Command::Migrate(migrate)) => {
            or_interrupt(migrate::run(&config, output, &migrate)).await
        }
        Some(Command::Verify) => or_interrupt(verify::run(&config, output)).await,
        Some(Command::Health) => or_interrupt(health::run(&config, output)).await,
        Some(Command::Demo(demo)) => or_interrupt(demo::run(&config, output, &demo)).await,
        Some(Command::Config {
            action: ConfigAction::Show { origin },
        }) => show_config::run(&config, output, origin),
        Some(Command::Completions { .. } | Command::Man) => Ok(Exit::Done),
    }
}
