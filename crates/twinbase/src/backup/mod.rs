//! A backup of both embedded databases while they are in use.
//!
//! **What must hold.** When both copies are opened as a pair, every document becomes what its row says: a document is
//! never ahead of its row, and where it is behind, an event waits that will bring it forward.
//!
//! **Why the order matters.** The copies show two moments. With the primary first, the replica's copy could have documents
//! of changes that the primary's copy does not know: ahead, and refusing what is written later under the same versions.
//! So the replica is copied first. Then the primary's copy may say of an event that it was applied, when that happened
//! after the replica's moment: the document would lack it for ever.
//!
//! **What is done about it.** Before the replica is copied, the number of the oldest event that waits is read. Whatever is
//! applied from then on has that number or a higher one, because numbers grow in the order of commits and are used once.
//! In the primary's copy all events from there on wait again. Some of them are in the replica's copy already: they
//! are applied once more, and the guard makes that nothing. Nobody is held up meanwhile; a failed event that waits for an
//! operator makes more of them wait again, at most those that retention keeps.
//!
//! Readers may move to a rebuilt collection between the two moments: the primary's copy would name a collection that is incomplete in the
//! replica's. So where collections lie is read before and after, and when readers have moved, both are copied again. A switch takes
//! longer than most copies, so it hardly happens twice in a row; after five times it is an error.
//!
//! **Failures.** The copies are made in a folder `NAME.partial`, which is renamed when all is on the disk and described in
//! [`MANIFEST`]. It is locked meanwhile: another backup of that name is refused. A crash leaves a partial folder without a lock, which
//! the next backup of that name replaces.
//!
//! **What it does not do.** It brings back a past: what was written after it is gone, and a version that was given then is
//! given again. A token or an entity tag from that time names another content after the next write of the same aggregate.

mod partial;

use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twinbase_core::{
    PrimaryError, ReplicaError,
    primary::{CollectionRecord, PrimaryKind},
    replica::ReplicaKind,
};
use twinbase_sync::Sides;

use self::partial::Partial;

/// The file that says what a backup has; written last.
pub const MANIFEST: &str = "backup.json";
/// The copy of the primary.
pub const PRIMARY_FILE: &str = "primary.db";
/// The copy of the replica.
pub const REPLICA_FILE: &str = "replica.db";

/// The form of [`Backup`] in a manifest.
pub const FORMAT: u32 = 1;

/// How often both are copied until readers stayed where they were.
const TRIES: u32 = 5;

/// So much is left free for the service that writes meanwhile.
const LEFT_FREE_BYTES: u64 = 64 << 20;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    /// The form of this description.
    pub format: u32,
    /// The version of Twinbase that made it.
    pub version: String,
    /// When it began: every change that was committed by then is in it.
    pub taken_at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// The size of [`PRIMARY_FILE`].
    pub primary_bytes: u64,
    /// The size of [`REPLICA_FILE`].
    pub replica_bytes: u64,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A database is a server, which has its own tools.
    #[error("{} and {} cannot both be copied by this program", primary.name(), replica.name())]
    Server {
        /// The primary.
        primary: PrimaryKind,
        /// The replica.
        replica: ReplicaKind,
    },
    /// Something has this name; nothing is overwritten.
    #[error("{} exists already", folder.display())]
    Exists {
        /// What exists.
        folder: PathBuf,
    },
    /// Another program, or this one, makes a backup of this name now.
    #[error("another backup to {} is under way", folder.display())]
    UnderWay {
        /// What it will be called.
        folder: PathBuf,
    },
    /// The disk has too little free space.
    #[error(
        "the backup needs {} MiB, and {} MiB are free at {}",
        needed_bytes >> 20, free_bytes >> 20, folder.display()
    )]
    Space {
        /// Where it should go.
        folder: PathBuf,
        /// What it would need.
        needed_bytes: u64,
        /// What there is.
        free_bytes: u64,
    },
    /// The folder cannot be made or written.
    #[error("the backup cannot be written to {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Readers moved to rebuilt collections all the while.
    #[error("readers moved to another collection while the databases were copied, {TRIES} times")]
    Moving,
    /// The primary could not be copied.
    #[error("the primary could not be copied")]
    Primary(#[from] PrimaryError),
    /// The replica could not be copied.
    #[error("the replica could not be copied")]
    Replica(#[from] ReplicaError),
}

impl BackupError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Server { primary, replica } => for_servers(*primary, *replica),
            Self::Exists { .. } => "Name a folder that does not exist.".to_owned(),
            Self::UnderWay { .. } => "Wait until it is done, or name another folder.".to_owned(),
            Self::Space { .. } => "Free some space, or name a folder on another disk.".to_owned(),
            Self::Folder { .. } => "Name a folder whose parent this user may write in.".to_owned(),
            Self::Moving => {
                "Try again once no rebuild is under way (`rebuild --status`).".to_owned()
            }
            Self::Primary(error) => error.remedy().to_owned(),
            Self::Replica(error) => error.remedy().to_owned(),
        }
    }
}

/// The commands that copy a pair with a server among them, in the order in which they give a pair that heals by itself.
fn for_servers(primary: PrimaryKind, replica: ReplicaKind) -> String {
    let replica = match replica {
        ReplicaKind::Mongo => "mongodump --uri=\"$MONGODB_URL\" --archive=replica.archive",
        ReplicaKind::Embedded => "sqlite3 documents.db \".backup replica.db\"",
    };
    let primary = match primary {
        PrimaryKind::Postgres => "pg_dump --format=custom --file=primary.dump \"$DATABASE_URL\"",
        PrimaryKind::Cockroach => "BACKUP DATABASE app INTO 'nodelocal://1/app' (in cockroach sql)",
        PrimaryKind::Sqlite => "sqlite3 studyhall.db \".backup primary.db\"",
    };
    format!(
        "Note the time T. Run `{replica}` first, then `{primary}`. After restoring both, before a worker starts, run in the \
         primary: update \"Outbox\" set processed = false where processed_at >= 'T' and discarded_at is null. \
         Events that the replica's copy lacks are then applied again."
    )
}

pub(crate) async fn backup(sides: &Sides, folder: &Path) -> Result<Backup, BackupError> {
    let began = Instant::now();
    let kinds = (sides.primary.kind(), sides.replica.kind());
    if kinds != (PrimaryKind::Sqlite, ReplicaKind::Embedded) {
        let (primary, replica) = kinds;
        return Err(BackupError::Server { primary, replica });
    }
    let failed = |source| BackupError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let partial = Partial::of(folder, needed_bytes(sides))?;
    let taken_at = copy(sides, partial.path()).await?;
    let bytes_of = |file: &str| fs::metadata(partial.path().join(file)).map(|found| found.len());
    let backup = Backup {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        took_ms: millis(began.elapsed()),
        primary_bytes: bytes_of(PRIMARY_FILE).map_err(failed)?,
        replica_bytes: bytes_of(REPLICA_FILE).map_err(failed)?,
    };
    describe(partial.path(), &backup).map_err(failed)?;
    partial.finish(folder).map_err(failed)?;
    Ok(backup)
}

/// Makes both copies. Returns from before they were begun.
async fn copy(sides: &Sides, partial: &Path) -> Result<Timestamp, BackupError> {
    let (replica, primary) = (partial.join(REPLICA_FILE), partial.join(PRIMARY_FILE));
    for _ in 0..TRIES {
        let taken_at = sides.primary.now().await?;
        let before = readers(sides).await?;
        let pending_from = pending_from(sides).await?;
        sides.replica.backup(&replica).await?;
        sides.primary.backup(&primary, pending_from).await?;
        if readers(sides).await? == before {
            return Ok(taken_at);
        }
        for file in [&replica, &primary] {
            fs::remove_file(file).map_err(|source| BackupError::Folder {
                folder: partial.to_owned(),
                source,
            })?;
        }
    }
    Err(BackupError::Moving)
}

/// Which collections readers use, and since when those that moved last.
async fn readers(sides: &Sides) -> Result<Vec<(String, u32, Option<Timestamp>)>, PrimaryError> {
    let records = sides.primary.collections().await?;
    let of = |record: CollectionRecord| {
        let moved = record.rebuild.filter(|of| !of.phase.is_before_switch());
        let since = moved.map(|rebuild| rebuild.since);
        (record.collection, record.generation, since)
    };
    Ok(records.into_iter().map(of).collect())
}

/// The number from which on events wait again in the copy: of the oldest that waits, or after the newest where none does.
async fn pending_from(sides: &Sides) -> Result<i64, PrimaryError> {
    let sql = "select coalesce((select min(seq) from \"Outbox\" where processed = false), \
               (select max(seq) + 1 from \"Outbox\"), 0) as seq";
    let rows = sides.primary.query(sql, &[]).await?;
    let seq = rows.first().and_then(|row| row.get("seq").ok());
    Ok(seq.unwrap_or(0))
}

/// What both files have now, and their logs: an upper bound of their copies.
fn needed_bytes(sides: &Sides) -> u64 {
    let replica = sides.replica.location();
    let replica = replica.strip_prefix("embedded:").unwrap_or_default();
    let files = [sides.primary.location(), replica.to_owned()];
    let logs = files.iter().map(|file| format!("{file}-wal"));
    let all = files.iter().cloned().chain(logs);
    all.filter_map(|file| fs::metadata(file).ok())
        .map(|found| found.len())
        .sum()
}

/// Describes the copies, and has all of it on the disk.
fn describe(partial: &Path, backup: &Backup) -> io::Result<()> {
    let manifest = serde_json::to_vec_pretty(backup)?;
    let mut file = File::create(partial.join(MANIFEST))?;
    file.write_all(&manifest)?;
    file.write_all(b"\n")?;
    for name in [MANIFEST, PRIMARY_FILE, REPLICA_FILE] {
        let file = File::open(partial.join(name))?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.sync_all()?;
    }
    Ok(())
}

fn millis(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
