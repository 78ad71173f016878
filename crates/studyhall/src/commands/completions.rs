//! `studyhall completions SHELL`.

use super::Arguments;
use crate::terminal::{Exit, Failure, print};

pub(super) fn run(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut Arguments::description(),
        "studyhall",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
