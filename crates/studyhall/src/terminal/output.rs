//! Data on stdout, in the format that was asked for.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::Failure;

/// The formats of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    Jsonl,
}

/// Writes a command's data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// In which format.
    pub(crate) format: Format,
}

impl Output {
    /// Writes `whole` as JSON, `lines` as JSON lines, or what `table` makes.
    pub(crate) fn data<T: Serialize, L: Serialize>(
        self,
        whole: &T,
        lines: &[L],
        table: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => print(&table()),
            Format::Json => print(&pretty_json(whole).map_err(unwritable)?),
            Format::Jsonl => {
                let lines: Result<Vec<_>, _> = lines.iter().map(json_line).collect();
                let lines = lines.map_err(unwritable)?;
                if lines.is_empty() {
                    return Ok(());
                }
                print(&lines.join("\n"))
            }
        }
    }
}

/// JSON on several lines, as a terminal may have it.
pub(crate) fn pretty_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(without_commands)
}

fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(without_commands)
}

/// JSON has the control characters below U+0020 escaped, and those from U+007F on as they are. One of
/// them, U+009B, begins commands to a terminal as ESC does. They can stand in texts alone.
fn without_commands(json: String) -> String {
    if !json.contains(is_late_control) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_late_control(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

const fn is_late_control(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}')
}

/// A table that fits the terminal, without lines between the rows.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header)
        .add_rows(rows);
    table.to_string()
}

/// Writes text as it is. A reader that has seen enough (`| head`) is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", text.trim_end_matches('\n')).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            "the result cannot be written to stdout",
            "Check where stdout leads, and that there is space left.",
        )
        .because(error)),
        _ => Ok(()),
    }
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::new(
        "the result cannot be written as JSON",
        "This is an error in the program; please report it.",
    )
    .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_command_the_terminal_and_says_the_same() {
        let foreign = "\u{1b}[2J \u{7f}\u{9b}2J\u{9f}\u{a0}\u{fc}\u{5b66}";
        for text in [json_line(&foreign), pretty_json(&[foreign])] {
            let text = text.unwrap();
            assert!(
                !text.contains(|c: char| c.is_control() && c != '\n'),
                "{text:?}"
            );
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!([&back, &back[0]].contains(&&foreign.into()), "{text}");
        }
    }
}
