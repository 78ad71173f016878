//! The commands, one a file. Each answers how it ended.

mod arguments;
mod completions;
mod demo;
mod health;
mod man;
mod migrate;
mod operator;
mod outbox;
mod pauses;
mod run;
mod show_config;
mod top;
mod verify;
mod workers;

pub(crate) use arguments::Arguments;

use arguments::{Command, ConfigAction};
use run::Service;
use twinbase::prelude::*;

use crate::{
    config::{self, Config, Environment},
    server::or_interrupt,
    system::System,
    terminal::{Exit, Failure, hide, start_logging},
};

/// Does what the command line asks for.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    let (output, color) = (arguments.output(), arguments.color());
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
    start_logging(&config.log_level.value, config.log_format.value, color);
    match arguments.command {
        None => run::run(&config, Service::Everything).await,
        Some(Command::Serve) => run::run(&config, Service::Server).await,
        Some(Command::Worker) => run::run(&config, Service::Worker).await,
        Some(Command::Migrate(migrate)) => {
            or_interrupt(migrate::run(&config, output, &migrate)).await
        }
        Some(Command::Verify) => or_interrupt(verify::run(&config, output)).await,
        Some(Command::Health) => or_interrupt(health::run(&config, output)).await,
        Some(Command::Top(top)) => Box::pin(top::run(&config, output, color, &top)).await,
        Some(Command::Workers) => or_interrupt(workers::run(&config, output)).await,
        Some(Command::Pause(pause)) => or_interrupt(pauses::pause(&config, output, pause)).await,
        Some(Command::Resume(resume)) => {
            or_interrupt(pauses::resume(&config, output, resume)).await
        }
        Some(Command::Operator { action }) => {
            or_interrupt(operator::run(&config, output, action)).await
        }
        Some(Command::Outbox { action }) => Box::pin(outbox::run(&config, output, action)).await,
        Some(Command::Demo(demo)) => or_interrupt(demo::run(&config, output, &demo)).await,
        Some(Command::Config {
            action: ConfigAction::Show { origin },
        }) => show_config::run(&config, output, origin),
        Some(Command::Completions { .. } | Command::Man) => Ok(Exit::Done),
    }
}

/// Opens both databases to look at what is there, and refuses when migrations are missing.
async fn visit(config: &Config) -> Result<System, Failure> {
    let system = System::visit(config).await?;
    system.require_migrated().await?;
    Ok(system)
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
