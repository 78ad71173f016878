//! A file to which a process adds a line for each thing that it was told is done.
//!
//! What was handed to the operating system survives the death of the process,
//! so a line is there once `add` has returned.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

pub(crate) struct Progress(File);

impl Progress {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    pub(crate) fn add(&mut self, line: &str) -> io::Result<()> {
        // One write, so that nobody sees half a line.
        self.0.write_all(format!("{line}\n").as_bytes())
    }
}

/// How much a process has told so far, to be compared.
pub(crate) fn told(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |data| data.len())
}
