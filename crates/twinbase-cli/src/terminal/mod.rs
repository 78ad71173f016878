//! What people and scripts see: data on stdout, everything else on stderr.

mod ask;
mod exit;
mod failure;
mod foreign;
mod line;
mod logging;
mod mask;
mod output;
mod panic;
mod progress;
mod run;
mod screen;
pub mod text;

pub use ask::{ask, say};
pub use exit::Exit;
pub use failure::Failure;
pub use line::{Line, Tone};
pub use logging::{LogFormat, start as start_logging};
pub use mask::hide;
pub use output::{Format, Output, pretty_json, print, table};
pub use panic::install as install_panic_hook;
pub use progress::Progress;
pub use run::run;
pub use screen::Screen;

use std::io::IsTerminal as _;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether stderr gets colour.
    pub fn on_stderr(self) -> bool {
        self.on(std::io::stderr().is_terminal())
    }

    /// Whether a display on stdout gets colour.
    pub fn on_stdout(self) -> bool {
        self.on(std::io::stdout().is_terminal())
    }

    fn on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !off && is_terminal
            }
        }
    }
}
