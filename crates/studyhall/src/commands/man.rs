//! `studyhall man`: the manual page, with a section for each command.

use super::Arguments;
use crate::terminal::{Exit, Failure, print};

pub(super) fn run() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::description())
        .render(&mut page)
        .map_err(|error| {
            Failure::new(
                "the manual page cannot be made",
                "This is an error in the program; please report it.",
            )
            .because(error)
        })?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
