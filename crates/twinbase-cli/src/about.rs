//! The commands about the command line itself: they need no configuration, and work with a wrong one.

use clap::Subcommand;

use crate::{
    man,
    terminal::{Exit, Failure, print},
};

/// The commands about the command line itself.
#[derive(Debug, Subcommand)]
pub enum About {
    /// Print a completion script for a shell.
    #[command(after_long_help = "\
Example:
  {program} completions bash > ~/.local/share/bash-completion/completions/{program}")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    #[command(after_long_help = "\
Example:
  {program} man | man -l -")]
    Man,
}

impl About {
    /// Prints what describes this command line.
    pub fn run(&self, mut described: clap::Command) -> Result<Exit, Failure> {
        let text = match self {
            Self::Completions { shell } => {
                let name = described.get_name().to_owned();
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut described, name, &mut script);
                script
            }
            Self::Man => man::page(&described).map_err(|error| {
                Failure::new(
                    "the manual page cannot be made",
                    "This is an error in the program; please report it.",
                )
                .because(error)
            })?,
        };
        print(&String::from_utf8_lossy(&text))?;
        Ok(Exit::Done)
    }
}
