//! How both sides and the way between them are.

use std::time::{Duration, Instant};

use twinbase_core::{OutboxStatus, PrimaryError, ReplicaError};
use twinbase_sync::{Sides, worker::WorkerStatus};

/// How one database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideHealth {
    /// Which database: `postgresql`, `cockroachdb`, `sqlite`, `mongodb` or `embedded`.
    pub kind: &'static str,
    /// Where it is, without secrets.
    pub location: String,
    /// How long it took to answer, or why it did not.
    pub answer: Result<Duration, String>,
}

impl SideHealth {
    /// Whether it answered.
    pub const fn is_connected(&self) -> bool {
        self.answer.is_ok()
    }
}

/// How a system is, as of when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The SQL database.
    pub primary: SideHealth,
    /// The document database.
    pub replica: SideHealth,
    /// The outbox in numbers; `None` when the primary did not say, which is not zero.
    pub outbox: Option<OutboxStatus>,
    /// The worker of this process; `None` when none was started here.
    pub worker: Option<WorkerStatus>,
}

impl Health {
    /// The age of the oldest pending event, zero when there is none; `None` when not known.
    pub fn lag(&self) -> Option<Duration> {
        let outbox = self.outbox.as_ref()?;
        Some(outbox.oldest_pending.unwrap_or_default())
    }
}

pub(crate) async fn check(sides: &Sides, worker: Option<WorkerStatus>) -> Health {
    let (primary, replica, outbox) = tokio::join!(
        timed(sides.primary.ping(), PrimaryError::to_string),
        timed(sides.replica.ping(), ReplicaError::to_string),
        sides.primary.status(),
    );
    Health {
        primary: SideHealth {
            kind: sides.primary.kind().name(),
            location: sides.primary.location(),
            answer: primary,
        },
        replica: SideHealth {
            kind: sides.replica.kind().name(),
            location: sides.replica.location(),
            answer: replica,
        },
        outbox: outbox.ok(),
        worker,
    }
}

async fn timed<E>(
    ping: impl Future<Output = Result<(), E>>,
    text: impl Fn(&E) -> String,
) -> Result<Duration, String> {
    let asked = Instant::now();
    match ping.await {
        Ok(()) => Ok(asked.elapsed()),
        Err(error) => Err(text(&error)),
    }
}
