//! Opening both databases as configured, and turning their errors into sentences.

use twinbase::{
    Builder, Twinbase,
    operate::OperateError,
    prelude::*,
    sync::{read::ReadError, rebuild::RebuildError, worker::EngineError},
};

use crate::{PrimaryUrl, ReplicaUrl, TestClock, terminal::Failure};

/// Both databases as they are configured, and what the program says of itself.
#[derive(Debug, Clone)]
pub struct Databases {
    /// The SQL database.
    pub primary: PrimaryUrl,
    /// The document database.
    pub replica: ReplicaUrl,
    /// The program's aggregates, migrations and thresholds.
    pub builder: fn() -> Builder,
    /// A test's time instead of the machine's.
    pub test_clock: Option<TestClock>,
}

/// Why both databases could not be opened.
#[derive(Debug)]
pub enum Unopened {
    /// A database does not answer: what is configured may be right.
    Away(Side, Away),
    /// Anything else, which trying again does not cure.
    Failed(Failure),
}

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The SQL database.
    Primary,
    /// The document database.
    Replica,
}

/// What is known of a database that does not answer.
#[derive(Debug)]
pub struct Away {
    /// What it said, or that it said nothing, in one sentence.
    pub error: String,
    failure: Failure,
}

/// What helps when a file does not answer; a server has other remedies.
const FILE_REMEDY: &str =
    "Check the disk that the file lies on: its free space, and whether this user may write there.";

impl Databases {
    /// Opens both, for a program that stays.
    pub async fn open(&self) -> Result<Twinbase, Unopened> {
        let opened = self.builder()?.open().await;
        opened.map_err(|error| self.unopened(&error))
    }

    /// Opens both, for a command: see [`Builder::visits`].
    pub async fn visit(&self) -> Result<Twinbase, Unopened> {
        let opened = self.builder()?.visits().open().await;
        opened.map_err(|error| self.unopened(&error))
    }

    fn builder(&self) -> Result<Builder, Failure> {
        let mut builder = (self.builder)()
            .primary(self.primary.expose())
            .replica(self.replica.expose());
        if let Some(clock) = &self.test_clock {
            let are_embedded = self.primary.kind() == "sqlite" && self.replica.kind() == "embedded";
            builder = builder.clock(clock.open(are_embedded)?);
        }
        Ok(builder)
    }

    /// An error that is about the replica as a whole.
    pub(crate) fn strange(&self, error: &EngineError) -> Failure {
        Failure::of(error, error.remedy()).at(&self.replica.redacted())
    }

    fn unopened(&self, error: &OpenError) -> Unopened {
        let failure = self.explain(error);
        match error {
            OpenError::Primary(cause @ PrimaryError::Unavailable { .. }) => {
                let error = cause.to_string();
                Unopened::Away(Side::Primary, Away { error, failure })
            }
            OpenError::Replica(cause @ ReplicaError::Unavailable { .. }) => {
                let error = cause.to_string();
                Unopened::Away(Side::Replica, Away { error, failure })
            }
            _ => Unopened::Failed(failure),
        }
    }

    /// An error of one of them, with its place and what helps.
    pub fn explain(&self, error: &OpenError) -> Failure {
        let (place, is_file, is_away) = match error {
            OpenError::Primary(cause) => (
                self.primary.redacted(),
                self.primary.kind() == "sqlite",
                matches!(cause, PrimaryError::Unavailable { .. }),
            ),
            OpenError::Engine(_) => (self.replica.redacted(), false, false),
            OpenError::Replica(cause) => (
                self.replica.redacted(),
                self.replica.kind() == "embedded",
                matches!(cause, ReplicaError::Unavailable { .. }),
            ),
            OpenError::Url { .. }
            | OpenError::Schema(_)
            | OpenError::Tables(_)
            | OpenError::Worker(_) => {
                return Failure::of(error, error.remedy());
            }
        };
        let remedy = if is_file && is_away {
            FILE_REMEDY
        } else {
            error.remedy()
        };
        Failure::of(error, remedy).at(&place)
    }
}

/// A database's place as people write it in a configuration.
pub fn place(kind: &str, location: &str) -> String {
    if location.contains("://") || location.starts_with(kind) {
        location.to_owned()
    } else {
        format!("{kind}:{location}")
    }
}

impl From<Failure> for Unopened {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Unopened> for Failure {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Away(_, Away { failure, .. }) | Unopened::Failed(failure) => failure,
        }
    }
}

impl From<PrimaryError> for Failure {
    fn from(error: PrimaryError) -> Self {
        Self::of(&error, error.remedy())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::of(&error, error.remedy())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Primary(error) => error.into(),
            ReadError::Replica(error) => EngineError::from(error).into(),
            other => Self::of(&other, "Try again."),
        }
    }
}

impl From<RebuildError> for Failure {
    fn from(error: RebuildError) -> Self {
        let failure = Self::of(&error, error.remedy());
        match error {
            RebuildError::Unknown { .. } | RebuildError::Keep { .. } => failure.of_usage(),
            RebuildError::NoWorker
            | RebuildError::Busy { .. }
            | RebuildError::NotUnderWay { .. }
            | RebuildError::NotKept { .. }
            | RebuildError::OtherMapping { .. }
            | RebuildError::Behind { .. }
            | RebuildError::Refused { .. }
            | RebuildError::Primary(_)
            | RebuildError::Replica(_) => failure,
        }
    }
}

impl From<OperateError> for Failure {
    fn from(error: OperateError) -> Self {
        let failure = Self::of(&error, error.remedy());
        match error {
            OperateError::Invalid { .. } => failure.of_usage(),
            OperateError::TooMany { .. } | OperateError::Primary(_) => failure,
        }
    }
}
