//! The commands, one a file. Each answers how it ended.

mod arguments;
mod demo;
mod operator;
mod run;
mod show_config;

pub(crate) use arguments::Arguments;

use arguments::{Command, ConfigAction};
use run::Service;
use twinbase::prelude::*;
use twinbase_cli::{Host as _, or_interrupt, program, require_migrated};

use crate::{
    config::{self, Config, Environment},
    system::Studyhall,
    terminal::{Exit, Failure, hide, start_logging},
};

/// Does what the command line asks for.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    let shown = arguments.presentation;
    let (output, color) = (shown.output(), shown.color());
    if let Some(Command::About(about)) = &arguments.command {
        return about.run(program::describe::<Arguments>());
    }
    let config = config::resolve(&arguments.flags(), &Environment::of_process())?;
    hide(
        [
            config.database_url.value.expose(),
            config.mongodb_url.value.expose(),
        ],
        config.metrics_token.value.expose(),
    );
    start_logging(&config.log_level.value, config.log_format.value, color);
    match arguments.command {
        None => run::run(&config, Service::Everything).await,
        Some(Command::Serve) => run::run(&config, Service::Server).await,
        Some(Command::Worker) => run::run(&config, Service::Worker).await,
        Some(Command::Operate(command)) => {
            let host = Studyhall::new(&config);
            Box::pin(command.run(&host, &shown)).await
        }
        Some(Command::Operator { action }) => {
            or_interrupt(operator::run(&config, output, action)).await
        }
        Some(Command::Demo(demo)) => or_interrupt(demo::run(&config, output, &demo)).await,
        Some(Command::Config {
            action: ConfigAction::Show { origin },
        }) => show_config::run(&config, output, origin),
        Some(Command::About(_)) => Ok(Exit::Done),
    }
}

/// Opens both databases as they are, and refuses when migrations are missing.
async fn visit(config: &Config) -> Result<Twinbase, Failure> {
    let twin = Studyhall::new(config).visit().await?;
    require_migrated(&twin).await?;
    Ok(twin)
}

/// How a worker works, as configured.
fn worker_options(config: &Config) -> WorkerOptions {
    WorkerOptions {
        retention: config.retention.value,
        backlog_cap: config.backlog_cap.value,
        heartbeat: config.heartbeat.value,
        ..WorkerOptions::default()
    }
}
