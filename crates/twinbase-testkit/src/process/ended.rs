//! A program that was run to its end.

use std::process::Command;

/// What a run that has ended left behind.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// All that it wrote to stdout.
    pub stdout: String,
    /// All that it wrote to stderr.
    pub stderr: String,
}

impl Ended {
    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be run, or when what it writes is not UTF-8.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program is there");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// It ended with this code, and said all of these on stderr.
    ///
    /// # Panics
    ///
    /// When it did not, or when it panicked.
    #[track_caller]
    pub fn expect(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for text in said {
            assert!(self.stderr.contains(text), "no {text:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        assert!(!self.stderr.contains("error in the program"), "{self:#?}");
    }

    /// It showed this nowhere.
    ///
    /// # Panics
    ///
    /// When it did.
    #[track_caller]
    pub fn expect_hidden(&self, secret: &str) {
        assert!(!self.stdout.contains(secret), "{self:#?}");
        assert!(!self.stderr.contains(secret), "{self:#?}");
    }
}
