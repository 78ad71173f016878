//! Which file a database is: one that was put back by renaming or unpacking a copy is another one.
//!
//! A copy over the file's own content keeps its number; the heartbeat finds that.

use std::path::Path;

/// The number of the file in its file system. Not the number of the device: that may change when a machine starts.
#[cfg(unix)]
pub(super) fn of_file(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(path).ok()?;
    Some(format!("file-{}", metadata.ino()))
}

/// Elsewhere a file has no number that the standard library tells.
#[cfg(not(unix))]
pub(super) fn of_file(_: &Path) -> Option<String> {
    None
}
