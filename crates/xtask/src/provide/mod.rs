//! Providing the servers that tests and benchmarks need, by the first way that works on this machine.
//!
//! Every server has its ways in one order: what the environment names, what is installed, what can be installed. A way
//! that does not work is remembered with its reason, and when none works the reasons are the message.

mod browser;
mod debian;
mod missing;
mod mongodb;
mod postgres;

pub(crate) use missing::{Missing, message};

use std::{any::Any, process::ExitCode};

use crate::workspace::Workspace;

/// Exit code when a server is missing and cannot be had: the arguments or the machine must change.
pub(crate) const CANNOT_PROVIDE: u8 = 2;

/// A server that is ready.
pub(crate) struct Provided {
    /// What it is and where it comes from, for the summary.
    pub(crate) line: String,
    /// How tests find it.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// What keeps it running; dropping it stops it.
    _guard: Option<Box<dyn Any>>,
}

impl Provided {
    fn new(line: String, environment: Vec<(&'static str, String)>) -> Self {
        Self {
            line,
            environment,
            _guard: None,
        }
    }

    /// Keeps `guard` as long as the server is needed.
    fn kept_by(self, guard: impl Any) -> Self {
        Self {
            _guard: Some(Box::new(guard)),
            ..self
        }
    }
}

/// All servers; when some are missing, says so, and the exit code is [`CANNOT_PROVIDE`].
pub(crate) async fn or_say(workspace: &Workspace) -> Result<Vec<Provided>, ExitCode> {
    all(workspace).await.map_err(|missing| {
        eprintln!("error: {}", message(&missing));
        ExitCode::from(CANNOT_PROVIDE)
    })
}

/// All servers, or all that are missing: one message is to name everything.
pub(crate) async fn all(workspace: &Workspace) -> Result<Vec<Provided>, Vec<Missing>> {
    let servers = [
        postgres::provide().await,
        mongodb::provide(workspace).await,
        browser::provide(),
    ];
    let (mut provided, mut missing) = (Vec::new(), Vec::new());
    for server in servers {
        match server {
            Ok(server) => provided.push(server),
            Err(none) => missing.push(none),
        }
    }
    if missing.is_empty() {
        Ok(provided)
    } else {
        Err(missing)
    }
}
