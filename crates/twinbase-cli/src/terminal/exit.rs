//! The exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked to.
    Done,
    /// It could not.
    Error,
    /// It was asked for something that makes no sense.
    Usage,
    /// It checked, and the answer is bad.
    CheckFailed,
    /// It did part of what it was asked to.
    PartlyDone,
    /// Ctrl-C ended it before it was done.
    Interrupted,
    /// SIGTERM ended it before it was done.
    Terminated,
}

impl Exit {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::CheckFailed => 3,
            Self::PartlyDone => 4,
            Self::Interrupted => 130,
            // What a shell reports for a process that SIGTERM ended.
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
