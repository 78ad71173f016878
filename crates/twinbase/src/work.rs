//! The workers of this process: when one may start, the one that the handle keeps, and the last one for health.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use twinbase_sync::{
    Sides,
    worker::{InvalidOption, Signals, Worker, WorkerOptions, WorkerStatus},
};

use crate::TableMismatch;

/// Why a worker does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// An option is outside of its limits.
    #[error(transparent)]
    Options(#[from] InvalidOption),
    /// Tables are not what the schemas say: documents would lack what they should have.
    #[error(transparent)]
    Tables(#[from] TableMismatch),
    /// Nobody knows whether the tables are what the schemas say: the primary did not answer when it was opened.
    #[error("the tables have not been compared with the schemas")]
    NotCompared,
}

impl StartError {
    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Options(_) => "Set the option to a value within its limits.",
            Self::Tables(_) => TableMismatch::REMEDY,
            Self::NotCompared => {
                "Call `migrate`, or `check_tables` where another program migrates, before the worker is started."
            }
        }
    }
}

/// What is known of workers.
#[derive(Debug)]
pub(crate) struct Work(Mutex<Known>);

#[derive(Debug)]
struct Known {
    may_start: Result<(), StartError>,
    /// How the handle's own worker is to work, until it is started.
    wanted: Option<WorkerOptions>,
    own: Option<Worker>,
    last: Option<watch::Receiver<WorkerStatus>>,
}

impl Work {
    /// With options when the handle is to keep a worker.
    pub(crate) fn new(wanted: Option<WorkerOptions>) -> Result<Self, InvalidOption> {
        wanted.as_ref().map_or(Ok(()), WorkerOptions::validate)?;
        Ok(Self(Mutex::new(Known {
            may_start: Err(StartError::NotCompared),
            wanted,
            own: None,
            last: None,
        })))
    }

    /// Notes how the tables were found; a worker that was waiting for that starts, on the current runtime.
    pub(crate) fn compared(
        &self,
        found: Result<(), TableMismatch>,
        sides: &Sides,
        signals: &Signals,
    ) {
        let mut known = self.known();
        known.may_start = found.map_err(Into::into);
        if known.may_start.is_ok()
            && let Some(options) = known.wanted.take()
        {
            // The options were found valid when the handle was made.
            known.own = known.start(sides, options, signals).ok();
        }
    }

    /// Whether the tables were as the schemas say when they were compared last.
    pub(crate) fn may_start(&self) -> bool {
        self.known().may_start.is_ok()
    }

    /// Starts a worker for the caller.
    pub(crate) fn start(
        &self,
        sides: &Sides,
        options: WorkerOptions,
        signals: &Signals,
    ) -> Result<Worker, StartError> {
        self.known().start(sides, options, signals)
    }

    /// The worker that was started last.
    pub(crate) fn last(&self) -> Option<WorkerStatus> {
        let known = self.known();
        known.last.as_ref().map(|status| status.borrow().clone())
    }

    /// Lets the handle's own worker finish; none is started afterwards.
    pub(crate) async fn stop(&self) {
        let own = {
            let mut known = self.known();
            known.wanted = None;
            known.own.take()
        };
        if let Some(worker) = own {
            worker.stop().await;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn start(
        &mut self,
        sides: &Sides,
        options: WorkerOptions,
        signals: &Signals,
    ) -> Result<Worker, StartError> {
        self.may_start.clone()?;
        let worker = Worker::start(sides.clone(), options, signals.clone())?;
        self.last = Some(worker.watch());
        Ok(worker)
    }
}
