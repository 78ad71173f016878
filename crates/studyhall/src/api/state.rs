//! What every handler has at hand.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use twinbase::prelude::*;
use twinbase_web::{BasePath, Idempotency};

use super::{
    Rates, Scraping, TrustedProxies, attempts::Attempts, costly::Allowances,
    routes::health::Readiness,
};
use crate::{domain::Passwords, live::Live};

/// What can be set about the API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a session lasts.
    pub session_lifetime: Duration,
    /// Whether browsers may send the session's cookie over TLS alone.
    pub secure_cookies: bool,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long a page waits for what its panels read; what takes longer is asked for by the page itself.
    pub panel_wait: Duration,
    /// How many failed sign-ins a minute allows for one name from one client.
    pub login_attempts_per_minute: u32,
    /// How many sign-ups a minute allows from one client: behind one address there can be a class.
    pub sign_ups_per_minute: u32,
    /// How much one user may do in a minute.
    pub rates: Rates,
    /// The path of the host below which browsers reach the service.
    pub base_path: BasePath,
    /// The folder in which backups are made; without, none are made over HTTP.
    pub backups: Option<PathBuf>,
    /// The proxies that report the addresses of clients.
    pub trusted_proxies: TrustedProxies,
    /// The metrics of this process and who may read them; without, there is no `/metrics`.
    pub scraping: Option<Scraping>,
    /// Cancelled when the process is to stop: answers that have no end of their own end then.
    pub stop: CancellationToken,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_lifetime: Duration::from_hours(30 * 24),
            secure_cookies: false,
            request_timeout: Duration::from_secs(30),
            panel_wait: Duration::from_millis(300),
            login_attempts_per_minute: 10,
            sign_ups_per_minute: 60,
            rates: Rates::default(),
            base_path: BasePath::default(),
            backups: None,
            trusted_proxies: TrustedProxies::default(),
            scraping: None,
            stop: CancellationToken::new(),
        }
    }
}

/// What every handler has at hand. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    twin: Twinbase,
    passwords: Passwords,
    settings: Settings,
    attempts: Attempts,
    allowances: Allowances,
    idempotency: Idempotency,
    readiness: Readiness,
    live: Live,
}

impl AppState {
    /// Serves this twin; the time is that of its clock.
    pub fn new(twin: Twinbase, settings: Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                passwords: Passwords::new(),
                attempts: Attempts::per_minute(
                    settings.login_attempts_per_minute,
                    settings.sign_ups_per_minute,
                ),
                allowances: Allowances::new(settings.rates.clone()),
                idempotency: Idempotency::new(twin.clone(), settings.request_timeout),
                live: Live::new(twin.clone(), settings.stop.clone()),
                settings,
                twin,
                readiness: Readiness::default(),
            }),
        }
    }

    /// Both databases.
    pub fn twin(&self) -> &Twinbase {
        &self.inner.twin
    }

    /// What was set.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The time, as precise as both databases keep it.
    pub fn now(&self) -> Timestamp {
        twinbase_web::now(self.twin())
    }

    pub(super) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    pub(super) fn attempts(&self) -> &Attempts {
        &self.inner.attempts
    }

    pub(crate) fn live(&self) -> &Live {
        &self.inner.live
    }

    pub(super) fn allowances(&self) -> &Allowances {
        &self.inner.allowances
    }

    pub(super) fn readiness(&self) -> &Readiness {
        &self.inner.readiness
    }

    pub(crate) fn idempotency(&self) -> &Idempotency {
        &self.inner.idempotency
    }
}
