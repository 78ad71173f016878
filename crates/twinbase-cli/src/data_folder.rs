//! The data folder: made for this user alone, and in use by one server and one
//! worker at a time.
//!
//! A role is a lock on a file of its own that holds the process's id; the kernel
//! gives it back when the process ends in whatever way. The program without a
//! command takes both roles, so it excludes a second one and any `serve` or
//! `worker`; `serve` and `worker` do not exclude each other, because SQLite
//! shares its files between processes. Commands that only visit (`verify`,
//! `health`, `demo`, `migrate`) take no role.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::terminal::Failure;

/// What a process is to a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It serves HTTP.
    Server,
    /// It runs the worker.
    Worker,
}

impl Role {
    const fn file(self) -> &'static str {
        match self {
            Self::Server => "server.lock",
            Self::Worker => "worker.lock",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Worker => "worker",
        }
    }
}

/// A data folder in use, until this is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // Held for their locks.
    _roles: Vec<File>,
}

impl DataFolder {
    /// Makes sure that the folder is there and can be written, and takes `roles` in it.
    ///
    /// # Errors
    ///
    /// A sentence with a remedy: something is in the way, the disk is full, or another process has a role.
    pub fn open(path: &Path, roles: &[Role]) -> Result<Self, Failure> {
        make(path).map_err(|error| unusable(path, "made", error))?;
        let roles = roles.iter().map(|role| take(path, *role));
        Ok(Self {
            path: path.to_owned(),
            _roles: roles.collect::<Result<_, _>>()?,
        })
    }

    /// The folder, as an absolute path where that can be told.
    pub fn location(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }
}

fn make(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(path)
        }
        Err(error) => Err(error),
    }
}

fn take(folder: &Path, role: Role) -> Result<File, Failure> {
    let cannot_write = |error| unusable(folder, "written", error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join(role.file()))
        .map_err(cannot_write)?;
    match file.try_lock() {
        Ok(()) => {
            write_id(&mut file).map_err(cannot_write)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(in_use(folder, role, &mut file)),
        Err(TryLockError::Error(error)) => Err(unusable(folder, "locked", error)),
    }
}

fn write_id(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn in_use(folder: &Path, role: Role, file: &mut File) -> Failure {
    let mut id = String::new();
    // Who holds it is a courtesy: without it the message is still true.
    let read = file.read_to_string(&mut id).unwrap_or(0);
    let holder = match id.trim() {
        id if read > 0 && !id.is_empty() => format!("process {id}"),
        _ => "another process".to_owned(),
    };
    Failure::new(
        format!(
            "the data folder {} is in use: {holder} is its {}",
            folder.display(),
            role.name()
        ),
        "Stop that process, or choose another folder with --data-dir.",
    )
}

fn unusable(folder: &Path, done: &str, error: io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "A file is in the way: choose another folder with --data-dir."
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "The disk is full: free some space, or choose a folder on another disk with --data-dir."
        }
        _ => "Make it writable for this user, or choose another folder with --data-dir.",
    };
    let message = format!("the data folder {} cannot be {done}", folder.display());
    Failure::new(message, remedy).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_file_in_the_way_have_their_own_remedies() {
        use miette::Diagnostic as _;
        for (kind, remedy) in [
            (io::ErrorKind::StorageFull, "disk is full"),
            (io::ErrorKind::NotADirectory, "file is in the way"),
            (io::ErrorKind::PermissionDenied, "writable"),
        ] {
            let failure = unusable(Path::new("d"), "made", kind.into());
            let help = failure.help().unwrap().to_string();
            assert!(help.contains(remedy), "{help}");
        }
    }
}
