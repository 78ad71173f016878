//! A clock that a test of a whole program sets through a file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::Timestamp;
use twinbase::prelude::*;

use crate::terminal::Failure;

/// Where the time of a test stands, and whether servers may have it too.
#[derive(Debug, Clone)]
pub struct TestClock {
    /// A file with one time as RFC 3339 has it.
    pub file: PathBuf,
    /// Whether databases that are not embedded may be written by it: those of a test are nobody's.
    pub on_servers: bool,
}

/// The time in a file, read whenever it is asked for.
#[derive(Debug)]
struct FileClock {
    file: PathBuf,
    /// Microseconds; what holds while the file is being written anew.
    last: AtomicI64,
}

impl TestClock {
    /// The clock, which stands still until the file changes.
    pub(crate) fn open(&self, are_embedded: bool) -> Result<Arc<dyn Clock>, Failure> {
        if !are_embedded && !self.on_servers {
            let remedy = "Use embedded databases, or say that the servers are a test's as well.";
            return Err(Failure::new("a test clock is for embedded databases", remedy).of_usage());
        }
        let place = self.file.display().to_string();
        let now = read(&self.file).ok_or_else(|| {
            let remedy = "Write a time into it, such as 2030-01-31T09:00:00Z.";
            Failure::new("the file of the test clock has no time", remedy)
                .of_usage()
                .at(&place)
        })?;
        Ok(Arc::new(FileClock {
            file: self.file.clone(),
            last: AtomicI64::new(now.as_microsecond()),
        }))
    }
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        if let Some(now) = read(&self.file) {
            self.last.store(now.as_microsecond(), Ordering::Relaxed);
            return now;
        }
        let last = self.last.load(Ordering::Relaxed);
        Timestamp::from_microsecond(last).unwrap_or_default()
    }
}

fn read(file: &Path) -> Option<Timestamp> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_the_files_and_stands_while_that_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("now");
        let clock = TestClock {
            file: file.clone(),
            on_servers: false,
        };
        assert!(clock.open(true).is_err(), "there is no file");
        fs::write(&file, "2030-01-31T09:00:00Z\n").expect("it is written");
        assert!(clock.open(false).is_err(), "a server");
        let opened = clock.open(true).expect("it opens");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        fs::write(&file, "").expect("it is written");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        fs::write(&file, "2030-02-01T09:00:00+01:00").expect("it is written");
        assert_eq!(opened.now().to_string(), "2030-02-01T08:00:00Z");
    }
}
