//! How a program shows what it has to say.

use clap::Args;

use crate::terminal::{ColorChoice, Format, Output};

/// The flags that say how data is written.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub struct Presentation {
    /// The format of data on stdout.
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Format,
    /// The same as `--output json`.
    #[arg(long, global = true)]
    json: bool,
    /// When colour is used.
    #[arg(long, global = true, value_enum, default_value_t)]
    color: ColorChoice,
}

impl Presentation {
    /// How data is written.
    pub const fn output(&self) -> Output {
        let format = if self.json { Format::Json } else { self.output };
        Output { format }
    }

    /// When colour is used.
    pub const fn color(&self) -> ColorChoice {
        self.color
    }
}
