//! `studyhall`, `studyhall serve`, `studyhall worker`: running until told to stop.

use std::{io::Write as _, time::Duration};

use axum::Router;
use studyhall::{
    api::{self, Access, AppState, Scraping, Settings},
    domain::User,
    web,
};
use tokio::time::timeout;
use twinbase::prelude::*;
use twinbase_cli::{Role, Stop, require_migrated};
use twinbase_console::Metrics;

use super::worker_options;
use crate::{
    config::{Config, LogFormat},
    page::{self, Site},
    server::{Listening, listen, listen_for_metrics, serve},
    system::{System, place},
    terminal::{Exit, Failure},
};

/// How long the worker may take to finish what is in hand, beside the requests that
/// end meanwhile; longer than a batch takes, shorter than a container runtime waits.
const LAST_BATCH: Duration = Duration::from_secs(8);

/// A database that is there answers sooner.
const SOON: Duration = Duration::from_secs(1);

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
    /// For the server.
    listening: Option<Listening>,
    /// For the metrics alone.
    metrics: Option<Listening>,
}

/// Runs until a signal. An orderly stop is a success, also by Ctrl-C: that is how
/// a server ends.
pub(super) async fn run(config: &Config, service: Service) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()?;
    let ready = tokio::select! {
        ready = prepare(config, service) => ready?,
        () = stop.asked() => return Ok(stop.exit()),
    };
    let Ready {
        system,
        listening,
        metrics,
    } = ready;
    // Before the worker: what is counted earlier is lost.
    let collected = collect(listening.is_some() || metrics.is_some())?;
    let worker = service
        .has(Role::Worker)
        .then(|| system.twin.start_worker(worker_options(config)))
        .transpose()
        .map_err(|error| Failure::of(&error, error.remedy()))?;
    announce(
        config,
        &system,
        service,
        listening.as_ref(),
        metrics.as_ref(),
    );
    let served = async {
        if let Some(listening) = listening {
            let access = access(config, Access::Closed);
            let state = state(config, &system, collected.as_ref(), access, &stop);
            let router = router(&system, &listening, &state);
            serve(listening, router, &stop).await;
        }
    };
    let scraped = async {
        if let Some(metrics) = metrics {
            let access = access(config, Access::ThisMachine);
            let state = state(config, &system, collected.as_ref(), access, &stop);
            serve(metrics, api::metrics_router(&state), &stop).await;
        }
    };
    let swept = async {
        if service.has(Role::Server) {
            tokio::select! {
                () = api::sweep_forever(&system.twin) => {}
                () = stop.asked() => {}
            }
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
    let ((), (), (), result) = tokio::join!(served, scraped, swept, carrying);
    system.twin.close().await;
    tracing::info!("stopped");
    result.map(|()| Exit::Done)
}

async fn prepare(config: &Config, service: Service) -> Result<Ready, Failure> {
    let system = System::open(config, service.roles()).await?;
    // Before the migrations: a port in use should change nothing.
    let listening = match service {
        Service::Everything | Service::Server => Some(listen(config).await?),
        Service::Worker => None,
    };
    let metrics = match &config.metrics_listen.value {
        Some(address) => Some(listen_for_metrics(address).await?),
        None => None,
    };
    match service {
        Service::Everything => system.migrate_what_is_there().await?,
        Service::Server | Service::Worker => require_migrated(&system.twin).await?,
    }
    if service.has(Role::Server) {
        learn_age(&system.twin).await;
    }
    Ok(Ready {
        system,
        listening,
        metrics,
    })
}

/// Has it known how old the document database is before somebody is told: the first page says it then. One that is away
/// hinders nothing.
async fn learn_age(twin: &Twinbase) {
    if let Ok(nobody) = AggregateId::new("-") {
        let users = twin.collection::<User>().max_staleness(Duration::MAX);
        let _ = timeout(SOON, users.get(&nobody)).await;
    }
}

/// Collects metrics from now on, when there is a port at which they can be read.
fn collect(is_listening: bool) -> Result<Option<Metrics>, Failure> {
    if !is_listening {
        return Ok(None);
    }
    let metrics = Metrics::install().map_err(|error| {
        Failure::of(&error, "This is an error in the program: please report it.")
    })?;
    Ok(Some(metrics))
}

/// Who may read the metrics at a port that has `otherwise` when nothing is set.
fn access(config: &Config, otherwise: Access) -> Access {
    match &config.metrics_token.value {
        Some(token) => Access::Token(token.expose().into()),
        None if config.metrics_open.value => Access::Open,
        None => otherwise,
    }
}

fn state(
    config: &Config,
    system: &System,
    metrics: Option<&Metrics>,
    access: Access,
    stop: &Stop,
) -> AppState {
    let settings = Settings {
        session_lifetime: config.session_lifetime.value,
        secure_cookies: config.secure_cookies.value,
        rates: config.rate_limits.value.0.clone(),
        base_path: config.base_path.value.0.clone(),
        backups: Some(config.backup_dir.value.clone()),
        trusted_proxies: config.trusted_proxies.value.0.clone(),
        scraping: metrics
            .cloned()
            .map(|metrics| Scraping::new(metrics, access)),
        stop: stop.token(),
        ..Settings::default()
    };
    AppState::new(system.twin.clone(), settings)
}

fn router(system: &System, listening: &Listening, state: &AppState) -> Router {
    let site = Site {
        state: state.clone(),
        url: listening.url(),
        program: program(),
        data_folder: system.data_folder(),
    };
    let routes = api::router(state)
        .merge(web::router(state))
        .merge(api::with_edge(page::router(site), state));
    state.settings().base_path.clone().around(routes)
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
    let stopped = timeout(LAST_BATCH, worker.stop()).await;
    if stopped.is_err() {
        tracing::warn!(after = ?LAST_BATCH, "the last batch did not end in time; it is applied again at the next start");
    }
}

/// Says once where everything is. With logs as JSON it is a log line too.
fn announce(
    config: &Config,
    system: &System,
    service: Service,
    listening: Option<&Listening>,
    metrics: Option<&Listening>,
) {
    let sides = system.twin.sides();
    let primary = place(sides.primary.kind().name(), &sides.primary.location());
    let replica = place(sides.replica.kind().name(), &sides.replica.location());
    let version = env!("CARGO_PKG_VERSION");
    let base = &config.base_path.value.0;
    let url = listening.map(|listening| format!("{}{base}", listening.url()));
    let metrics = metrics.map(|metrics| format!("{}/metrics", metrics.url()));
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
    lines.extend(metrics.map(|url| format!("  metrics  {url}")));
    if service == Service::Server {
        lines.push("  worker   none here; run `studyhall worker` as well".to_owned());
    }
    lines.extend(url.map(|url| {
        let program = program();
        format!("  try      {url} in a browser, `{program} demo` in another terminal")
    }));
    // Nobody is left to be told when stderr is gone.
    writeln!(std::io::stderr(), "{}", lines.join("\n")).ok();
}
