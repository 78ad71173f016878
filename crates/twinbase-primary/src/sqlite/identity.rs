//! Which file a database is: one that was put back by renaming, unpacking or copying a copy is another one.
//!
//! A copy over the file's own content keeps both numbers; the heartbeat finds that.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use twinbase_core::PrimaryError;

use crate::fail;

/// The file that was opened; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Opened(Arc<(PathBuf, Option<(u64, u64)>)>);

impl Opened {
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new((path.to_owned(), number(path))))
    }

    /// Refuses what is tried while another file has its place, or none: what is written would be gone with it.
    pub(super) fn is_there(&self, operation: &'static str) -> Result<(), PrimaryError> {
        let (path, opened) = &*self.0;
        if number(path) == *opened {
            return Ok(());
        }
        let path = path.display();
        let reason = format!(
            "{path} was replaced or taken away while it was open, and this program still has the old file: restart it"
        );
        Err(fail::refused(operation, reason))
    }
}

/// The number of the file in its file system, and when it was made, where that is kept: a number is given out again as soon as its file is
/// gone. Not the number of the device: that may change when a machine starts.
#[cfg(unix)]
pub(super) fn of_file(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(path).ok()?;
    let number = metadata.ino();
    let made = metadata.created().ok();
    let made = made.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Some(match made {
        Some(made) => format!("file-{number}-{}", made.as_millis()),
        None => format!("file-{number}"),
    })
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

/// Elsewhere a file has no number that the standard library tells.
#[cfg(not(unix))]
pub(super) fn of_file(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_copy_in_the_place_of_the_file_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("app.db"), folder.path().join("copy"));
        std::fs::write(&file, "content").unwrap();
        std::fs::copy(&file, &copy).unwrap();
        let first = of_file(&file).unwrap();
        std::fs::write(&file, "more content").unwrap();
        assert_eq!(of_file(&file).unwrap(), first);
        if std::fs::metadata(&file).unwrap().created().is_err() {
            // A file system that does not say: a number alone may be given out again.
            return;
        }
        // The clock of the file system goes in steps of some milliseconds.
        let is_other = (0..10_000).any(|_| {
            std::fs::remove_file(&file).unwrap();
            std::fs::copy(&copy, &file).unwrap();
            of_file(&file).unwrap() != first
        });
        assert!(is_other);
    }
}
