//! Data on stdout, in the format that was asked for.

use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::{Failure, foreign};

/// The formats of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
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
pub struct Output {
    /// In which format.
    pub format: Format,
}

impl Output {
    /// Writes `whole` as JSON, `lines` as JSON lines, or what `table` makes.
    pub fn data<T: Serialize, L: Serialize>(
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
pub fn pretty_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(foreign::json)
}

fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(foreign::json)
}

/// A table that fits the terminal, without lines between the rows. Whatever is in its cells is shown, and no more.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header)
        .add_rows(
            rows.into_iter()
                .map(|row| row.map(|cell| foreign::one_line(&cell))),
        );
    table.to_string()
}

/// Writes text with its line breaks. A reader that has seen enough (`| head`) is not an error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let text = foreign::several_lines(text.trim_end_matches('\n'));
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
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
