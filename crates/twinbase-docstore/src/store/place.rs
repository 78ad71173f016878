//! Whether the file that was opened still has its place: what is written to one that was moved away or replaced is gone with it.

use std::path::{Path, PathBuf};

use crate::Error;

/// Where a file was opened.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    opened: Option<(u64, u64)>,
}

impl Place {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            opened: number(path),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if number(&self.path) == self.opened {
            return Ok(());
        }
        Err(Error::Replaced {
            path: self.path.clone(),
        })
    }
}

/// Its device and number, which no other file has for as long as it is open.
#[cfg(unix)]
fn number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn number(_: &Path) -> Option<(u64, u64)> {
    None
}
