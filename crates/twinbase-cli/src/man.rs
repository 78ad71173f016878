//! The manual page, with a section for each command.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;

/// One page for all: a page for each command would have to be installed to be found.
pub(crate) fn page(program: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(program.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    sections(program, program.get_name(), &mut page)?;
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// A section for each command below this one, with its own options: the common ones stand before.
fn sections(above: &Command, path: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for command in above.get_subcommands() {
        let path = format!("{path} {}", command.get_name());
        // Built alone it knows nothing of the flags that all commands have.
        let command = command
            .clone()
            .bin_name(&*path)
            .disable_help_flag(true)
            .disable_help_subcommand(true);
        let man = Man::new(command.clone());
        let mut parts = Vec::new();
        man.render_synopsis_section(&mut parts)?;
        man.render_description_section(&mut parts)?;
        if command.get_arguments().next().is_some() {
            man.render_options_section(&mut parts)?;
        }
        if command.get_after_long_help().is_some() {
            man.render_extra_section(&mut parts)?;
        }
        let parts = String::from_utf8_lossy(&parts).replace(".SH ", ".SS ");
        write!(page, ".SH \"{}\"\n{parts}", path.to_uppercase())?;
        sections(&command, &path, page)?;
    }
    Ok(())
}
