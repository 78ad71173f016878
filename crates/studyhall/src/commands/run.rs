//! `studyhall`, `studyhall serve`, `studyhall worker`: running until told to stop.

use std::{io::Write as _, time::Duration};

use axum::Router;
use studyhall::api::{self, AppState, Scraping, Settings};
use twinbase::prelude::*;
use twinbase_console::Metrics;

use super::worker_options;
use crate::{
    config::{Config, LogFormat},
    data_folder::Role,
    page::{self, Site},
    server::{Listening, Stop, listen, listen_for_metrics, serve},
    system::{System, place},
    terminal::{Exit, Failure},
};

/// How long the worker may take to finish what is in hand, beside the requests that
/// end meanwhile; longer than a batch takes, shorter than a container runtime waits.
const LAST_BATCH: Duration = Duration::from_secs(8);

/// What runs in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Server and worker.
    Everything,
    /// The server.
    Server,
    /// The worker.
    Worker,
}

impl Service {
    const fn roles(self) -> &'static [Role] {
        match self {
            Self::Everything => &[Role::Server, Role::Worker],
            Self::Server => &[Role::Server],
            Self::Worker => &[Role::Worker],
        }
    }

    fn has(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}

/// What was opened, ready to run.
struct Ready {
    system: System,
    listening: Option<Listening>,
}

/// Runs until a signal. An orderly stop is a success, also by Ctrl-C: that is how
/// a server ends.
pub(super) async fn run(config: &Config, service: Service) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()?;
    let Ready { system, listening } = tokio::select! {
        ready = prepare(config, service) => ready?,
        () = stop.asked() => return Ok(Exit::Interrupted),
    };
    // Before the worker: what is counted earlier is lost.
    let scraping = match &listening {
        Some(_) => Some(scraping(config)?),
        None => None,
    };
    let worker = service
        .has(Role::Worker)
        .then(|| system.twin.start_worker(worker_options(config)));
    announce(config, &system, service, listening.as_ref());
    let served = async {
        if let Some(listening) = listening {
            let router = router(config, &system, service, &listening, scraping);
            serve(listening, router, &stop).await;
        }
    };
    let carrying = async {
        let Some(worker) = worker else { return Ok(()) };
        let watched = watch(&worker, &stop).await;
        finish(worker).await;
        watched
    };
    // At once: a client that does not read its answer must not keep the leases from being given back
    // before a container runtime kills the process. What it reads then comes from the primary.
    let ((), result) = tokio::join!(served, carrying);
    system.twin.close().await;
    tracing::info!("stopped");
    result.map(|()| Exit::Done)
}

async fn prepare(config: &Config, service: Service) -> Result<Ready, Failure> {
    let system = System::open(config, service.roles()).await?;
    // Before the migrations: a port in use should change nothing.
    let listening = match (service, &config.metrics_listen.value) {
        (Service::Everything | Service::Server, _) => Some(listen(config).await?),
        (Service::Worker, Some(address)) => Some(listen_for_metrics(address).await?),
        (Service::Worker, None) => None,
    };
    match service {
        Service::Everything => system.migrate_what_is_there().await?,
        Service::Server | Service::Worker => system.require_migrated().await?,
    }
    Ok(Ready { system, listening })
}

/// Collects metrics from now on, for whoever may read them.
fn scraping(config: &Config) -> Result<Scraping, Failure> {
    let metrics = Metrics::install().map_err(|error| {
        Failure::of(&error, "This is an error in the program: please report it.")
    })?;
    Ok(Scraping::new(metrics, config.metrics_token.value.expose()))
}

fn router(
    config: &Config,
    system: &System,
    service: Service,
    listening: &Listening,
    scraping: Option<Scraping>,
) -> Router {
    let settings = Settings {
        session_lifetime: config.session_lifetime.value,
        secure_cookies: config.secure_cookies.value,
        scraping,
        ..Settings::default()
    };
    let state = AppState::new(system.twin.clone(), settings);
    if service == Service::Worker {
        return api::worker_router(state);
    }
    let site = Site {
        twin: system.twin.clone(),
        url: listening.url(),
        program: program(),
        data_folder: system.data_folder(),
    };
    api::router(state.clone()).merge(api::with_edge(page::router(site), state))
}

/// How the program was called, so that a hint can be typed as it is shown.
fn program() -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    std::env::args()
        .next()
        .filter(|name| !name.is_empty() && name.chars().all(plain))
        .unwrap_or_else(|| "studyhall".to_owned())
}

/// Ends when the process is to stop, with an error when the worker ended by itself:
/// a supervisor should start the process again.
async fn watch(worker: &Worker, stop: &Stop) -> Result<(), Failure> {
    let mut status = worker.watch();
    let ended = status.wait_for(|status| status.state == WorkerState::Stopped);
    tokio::select! {
        () = stop.asked() => Ok(()),
        _ = ended => {
            stop.ask();
            Err(Failure::new("the worker ended by itself", "Look for the cause in the log, then start it again; nothing is lost."))
        }
    }
}

/// Lets the worker finish what is in hand, and give its leases back.
async fn finish(worker: Worker) {
    let stopped = tokio::time::timeout(LAST_BATCH, worker.stop()).await;
    if stopped.is_err() {
        tracing::warn!(after = ?LAST_BATCH, "the last batch did not end in time; it is applied again at the next start");
    }
}

/// One look at where everything is. With logs as JSON it is a log line too.
fn announce(config: &Config, system: &System, service: Service, listening: Option<&Listening>) {
    let sides = system.twin.sides();
    let primary = place(sides.primary.kind().name(), &sides.primary.location());
    let replica = place(sides.replica.kind().name(), &sides.replica.location());
    let version = env!("CARGO_PKG_VERSION");
    let address = listening.map(Listening::url);
    let metrics = address.as_ref().map(|url| format!("{url}/metrics"));
    let url = address.filter(|_| service.has(Role::Server));
    if config.log_format.value == LogFormat::Json {
        tracing::info!(version, url, primary, replica, metrics, "ready");
        return;
    }
    let what = match &url {
        Some(url) => format!("is ready at {url}"),
        None => "is ready: the worker runs".to_owned(),
    };
    let mut lines = vec![
        format!("studyhall {version} {what}"),
        format!("  primary  {primary}"),
        format!("  replica  {replica}"),
    ];
    lines.extend(
        system
            .data_folder()
            .map(|folder| format!("  folder   {folder}")),
    );
    // A server's are where everything else of it is.
    if service == Service::Worker {
        lines.extend(metrics.map(|url| format!("  metrics  {url}")));
    }
    lines.extend(url.map(|url| {
        let program = program();
        format!("  try      {url} in a browser, `{program} demo` in another terminal")
    }));
    // Nobody is left to be told when stderr is gone.
    writeln!(std::io::stderr(), "{}", lines.join("\n")).ok();
}
