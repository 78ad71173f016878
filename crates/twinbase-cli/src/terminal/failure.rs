//! An error as a person sees it: what, why, and what to do.

use std::{error::Error, fmt, io::Write as _};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::{ColorChoice, Exit, foreign::one_line, mask::masked};

/// An error with its causes, a remedy and the exit code that it leads to.
#[derive(Debug)]
pub struct Failure {
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    remedy: Option<String>,
    exit: Exit,
}

impl Failure {
    /// An error without a cause below it.
    pub fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            cause: None,
            remedy: Some(remedy.into()),
            exit: Exit::Error,
        }
    }

    /// An error that says itself what happened, with its own causes.
    pub fn of(error: &(dyn Error + 'static), remedy: impl Into<String>) -> Self {
        Self {
            cause: Cause::below(error),
            ..Self::new(error.to_string(), remedy)
        }
    }

    /// The same error, caused by another.
    #[must_use]
    pub fn because(self, cause: impl Error + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Box::new(cause)),
            ..self
        }
    }

    /// The same error, with the place where it happened.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self {
            message: format!("{} ({place})", self.message),
            ..self
        }
    }

    /// The same error, as one of usage.
    #[must_use]
    pub fn of_usage(self) -> Self {
        Self {
            exit: Exit::Usage,
            ..self
        }
    }

    /// The same error, after a part was done.
    #[must_use]
    pub fn of_a_part(self) -> Self {
        Self {
            exit: Exit::PartlyDone,
            ..self
        }
    }

    /// The exit code that it leads to.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints it on stderr.
    pub fn print(&self, color: ColorChoice) {
        let theme = if color.on_stderr() {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_wrap_lines(false)
            .with_links(false);
        let mut text = String::new();
        if handler.render_report(&mut text, self).is_err() {
            text = self.to_string();
        }
        let text = masked(&text);
        // Nobody is left to be told when stderr is gone.
        writeln!(std::io::stderr(), "{}", text.trim_end()).ok();
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.message))
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.remedy.as_ref().map(|text| Box::new(text) as _)
    }
}

/// A cause that was copied out of a borrowed chain.
#[derive(Debug)]
struct Cause {
    message: String,
    below: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    fn below(error: &(dyn Error + 'static)) -> Option<Box<dyn Error + Send + Sync>> {
        let source = error.source()?;
        let below = Self::below(source);
        let message = source.to_string();
        // A transparent layer would say the same twice.
        if message == error.to_string() {
            return below;
        }
        Some(Box::new(Self { message, below }))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.message))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.below.as_ref().map(|below| below.as_ref() as _)
    }
}
