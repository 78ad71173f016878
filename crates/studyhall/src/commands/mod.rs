//! The commands, one a file. Each answers how it ended.

mod arguments;
mod demo;
mod operator;
mod restore;
mod run;

pub(crate) use arguments::Arguments;

use arguments::Command;
use run::Service;
use twinbase::prelude::*;
use twinbase_cli::{
    Host as _, or_interrupt, program, require_migrated,
    settings::{Environment, Secret, Settings as _},
};

use crate::{
    config::Config,
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
    let resolve = || Config::resolve(&arguments.settings, &Environment::of_process());
    if let Some(Command::Config { action }) = &arguments.command {
        return action.run(resolve, output);
    }
    let config = resolve()?;
    hide(
        [
            config.database_url.value.expose(),
            config.mongodb_url.value.expose(),
        ],
        config.metrics_token.value.as_ref().map(Secret::expose),
    );
    start_logging(
        config.log_level.value.as_str(),
        config.log_format.value,
        color,
    );
    match arguments.command {
        None => run::run(&config, Service::Everything).await,
        Some(Command::Serve) => run::run(&config, Service::Server).await,
        Some(Command::Worker) => run::run(&config, Service::Worker).await,
        Some(Command::Operate(command)) => {
            let host = Studyhall::new(&config);
            Box::pin(command.run(&host, &shown)).await
        }
        Some(Command::Operator { action }) => {
            or_interrupt(Box::pin(operator::run(&config, output, action))).await
        }
        Some(Command::Restore(restore)) => {
            // Not to be interrupted between two steps.
            restore::run(&config, output, &restore).await
        }
        Some(Command::Demo(demo)) => {
            or_interrupt(Box::pin(demo::run(&config, output, &demo))).await
        }
        Some(Command::About(_) | Command::Config { .. }) => Ok(Exit::Done),
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
        backlog_cap: config.backlog_cap.value.0,
        heartbeat: config.heartbeat.value,
        verify_every: config.verify_every.value,
        repair_drift: config.repair_drift.value,
        ..WorkerOptions::default()
    }
}
