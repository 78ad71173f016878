//! `restore`: puts a backup into the place of both embedded databases, while no program uses them.
//!
//! 1. Both roles of the data folder are taken, so no server and no worker runs, and none starts.
//! 2. The copies are put beside the databases, and are on the disk, before anything else is touched.
//! 3. A mark says that a restore is under way: until it is gone, no program opens the databases.
//! 4. What is there is moved into a folder of its own, logs included, and is never deleted: a log that stayed would be
//!    applied to the other file.
//! 5. The copies get their names, and the mark goes.
//!
//! A crash leaves the old databases in one of the two places, and the backup as it is. From 3 on the restore is to be run
//! again, which every other command says.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use twinbase::{
    Backup,
    backup::{FORMAT, MANIFEST, PRIMARY_FILE, REPLICA_FILE},
    prelude::*,
};
use twinbase_cli::{DataFolder, Role, program};

use crate::{
    config::{Config, Origin},
    system::RESTORING,
    terminal::{Exit, Failure, Output, ask, say},
};

/// The arguments of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder that `backup` made.
    folder: PathBuf,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

/// A copy in the backup, and the file that it becomes.
struct Copied {
    from: PathBuf,
    to: PathBuf,
}

impl Copied {
    fn new(folder: &Path, from: &str, to: &Path) -> Self {
        Self {
            from: folder.join(from),
            to: to.to_owned(),
        }
    }

    /// Where the copy lies until it gets its name.
    fn beside(&self) -> PathBuf {
        with(&self.to, ".restoring")
    }
}

pub(super) async fn run(
    config: &Config,
    output: Output,
    arguments: &Restore,
) -> Result<Exit, Failure> {
    let copies = copies(config, &arguments.folder)?;
    let backup = read(&arguments.folder)?;
    let data = DataFolder::open(&config.data_dir.value, &[Role::Server, Role::Worker])?;
    let place = data.location();
    if !arguments.yes {
        let question = format!(
            "Put the databases of {} into {}? Those that are there are moved aside.",
            backup.taken_at,
            place.display()
        );
        if !ask(&question, "Use --yes to restore without a question.").await? {
            say("Nothing was changed.");
            return Ok(Exit::Done);
        }
    }
    let stamp = SystemClock.now().strftime("%Y-%m-%dT%H-%M-%S.%3fZ");
    let aside = place.join(format!("before-restore-{stamp}"));
    let moved = exchange(&place, &copies, &aside).map_err(|error| {
        let message = format!("the backup could not be put into {}", place.display());
        let remedy = "Free some space or make the folder writable, then run the restore again: nothing was deleted.";
        Failure::new(message, remedy).because(error)
    })?;
    let before = moved.then(|| aside.display().to_string());
    let whole = json!({ "folder": place, "takenAt": backup.taken_at, "before": before });
    output.data(&whole, std::slice::from_ref(&whole), || {
        let before = before.as_ref().map_or_else(String::new, |aside| {
            format!("What was there before is in {aside}.\n")
        });
        format!(
            "The databases of {} are in {}.\n{before}Start `{name}`, then compare both sides with `{name} verify`.",
            backup.taken_at,
            place.display(),
            name = program::name()
        )
    })?;
    Ok(Exit::Done)
}

/// The two files. Where they lie is known, and locked, in the data folder alone.
fn copies(config: &Config, folder: &Path) -> Result<[Copied; 2], Failure> {
    let (primary, replica) = (&config.database_url, &config.mongodb_url);
    match (primary.value.file(), replica.value.file()) {
        (Some(to_primary), Some(to_replica))
            if primary.origin == Origin::Default && replica.origin == Origin::Default =>
        {
            Ok([
                Copied::new(folder, PRIMARY_FILE, to_primary),
                Copied::new(folder, REPLICA_FILE, to_replica),
            ])
        }
        _ => Err(Failure::new(
            "only the embedded databases of a data folder are restored",
            "Leave DATABASE_URL and MONGODB_URL unset and name the folder with --data-dir; servers have tools of their own.",
        )
        .of_usage()),
    }
}

/// What the backup says of itself, when its files are as it says.
fn read(folder: &Path) -> Result<Backup, Failure> {
    let whole = |reason: String| {
        Failure::new(
            format!("{} is no whole backup: {reason}", folder.display()),
            format!("Name a folder that `{} backup` made.", program::name()),
        )
    };
    let manifest = folder.join(MANIFEST);
    let text = fs::read(&manifest).map_err(|error| whole(format!("{MANIFEST}: {error}")))?;
    let backup: Backup =
        serde_json::from_slice(&text).map_err(|error| whole(format!("{MANIFEST}: {error}")))?;
    if backup.format != FORMAT {
        return Err(whole(format!("its form {} is not known", backup.format)));
    }
    for (file, bytes) in [
        (PRIMARY_FILE, backup.primary_bytes),
        (REPLICA_FILE, backup.replica_bytes),
    ] {
        let found = fs::metadata(folder.join(file)).map(|found| found.len());
        match found {
            Ok(found) if found == bytes => {}
            Ok(found) => {
                return Err(whole(format!(
                    "{file} has {found} bytes instead of {bytes}"
                )));
            }
            Err(error) => return Err(whole(format!("{file}: {error}"))),
        }
    }
    Ok(backup)
}

/// Steps 2 to 5. Returns whether anything was there.
fn exchange(place: &Path, copies: &[Copied], aside: &Path) -> io::Result<bool> {
    for copied in copies {
        copy(&copied.from, &copied.beside())?;
    }
    let mark = place.join(RESTORING);
    File::create(&mark)?.sync_all()?;
    sync(place)?;
    let mut moved = false;
    for Copied { to, .. } in copies {
        for file in [with(to, "-wal"), with(to, "-shm"), to.clone()] {
            if !file.exists() {
                continue;
            }
            if !moved {
                DirBuilder::new().mode(0o700).create(aside)?;
            }
            moved = true;
            let name = file.file_name().unwrap_or_default();
            fs::rename(&file, aside.join(name))?;
        }
    }
    for copied in copies {
        fs::rename(copied.beside(), &copied.to)?;
    }
    sync(place)?;
    fs::remove_file(mark)?;
    sync(place)?;
    Ok(moved)
}

/// Copies a file for this user alone, and has it on the disk.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(to)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.sync_all()
}

/// Has the names of a folder on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn with(file: &Path, more: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(more);
    name.into()
}
