//! The folder in which a backup is made, `NAME.partial`, which is one process's alone.
//!
//! Whoever makes it holds a lock on a file in it until the folder has its name or is gone. A lock ends with its process, so a folder
//! without one is what a crash left, and is used again.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
};

use super::{BackupError, LEFT_FREE_BYTES};

/// The file that is locked.
const LOCK: &str = ".lock";

/// A folder that is being filled; removed unless it gets its name.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    /// Locked as long as this lives.
    _lock: File,
    is_finished: bool,
}

impl Partial {
    /// Makes the folder for a backup that is to be called `folder`, which must not exist.
    pub(super) fn of(folder: &Path, needed_bytes: u64) -> Result<Self, BackupError> {
        let failed = |source| BackupError::Folder {
            folder: folder.to_owned(),
            source,
        };
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        }
        name.push(".partial");
        let path = folder.with_file_name(name);
        let lock = loop {
            if folder.symlink_metadata().is_ok() {
                return Err(BackupError::Exists {
                    folder: folder.to_owned(),
                });
            }
            match locked(&path).map_err(failed)? {
                Locked::Ours(lock) => break lock,
                Locked::Theirs => {
                    return Err(BackupError::UnderWay {
                        folder: folder.to_owned(),
                    });
                }
                // Whoever had it has just finished or failed.
                Locked::Gone => {}
            }
        };
        let partial = Self {
            path,
            _lock: lock,
            is_finished: false,
        };
        partial.clear().map_err(failed)?;
        let free = rustix::fs::statvfs(&partial.path).map_err(|error| failed(error.into()))?;
        let free_bytes = free.f_bavail.saturating_mul(free.f_frsize);
        if free_bytes < needed_bytes + LEFT_FREE_BYTES {
            return Err(BackupError::Space {
                folder: folder.to_owned(),
                needed_bytes,
                free_bytes,
            });
        }
        Ok(partial)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name, when all of it is on the disk.
    pub(super) fn finish(mut self, folder: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        if folder.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.path, folder)?;
        self.is_finished = true;
        // Only now: without its lock a partial folder is anybody's. Where it stays it is in nobody's way.
        fs::remove_file(folder.join(LOCK)).ok();
        Ok(())
    }

    /// Removes everything but the lock.
    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == LOCK {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_finished && self.clear().is_ok() {
            fs::remove_file(self.path.join(LOCK)).ok();
            // Not when somebody else has begun in it meanwhile: then it is not empty.
            fs::remove_dir(&self.path).ok();
        }
    }
}

enum Locked {
    Ours(File),
    Theirs,
    /// The folder got its name, or went, while it was locked.
    Gone,
}

/// Makes this folder where there is none, and locks it.
fn locked(path: &Path) -> io::Result<Locked> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_dir()) {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    // For this user alone, as the data folder.
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700).create(path)?;
    let file = path.join(LOCK);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let lock = match options.open(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Locked::Gone),
        lock => lock?,
    };
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Locked::Theirs),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let ours = lock.metadata()?;
    let there = fs::symlink_metadata(&file);
    if !there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
        return Ok(Locked::Gone);
    }
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    Ok(Locked::Ours(lock))
}
