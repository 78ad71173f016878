//! One text for all dialects: what differs is a token or a section.
//!
//! A token is one of [`TOKENS`], or `{ordered column}`: a time as reads order by it, for an index. A line such as `--[postgres cockroach]` begins a section that is only for
//! the dialects that it names, and ends the one before it; `--[all]` is for all of them again.

use twinbase_core::primary::PrimaryKind;

use crate::render::SQLITE_TIME_IN_ORDER;

/// A token, and what stands for it on PostgreSQL, CockroachDB and SQLite.
const TOKENS: [(&str, [&str; 3]); 17] = [
    // Compares byte by byte, as documents do.
    ("{text}", ["text collate \"C\"", "text", "text"]),
    ("{bool}", ["boolean", "boolean", "integer"]),
    ("{false}", ["false", "false", "0"]),
    ("{strict}", ["", "", " strict"]),
    ("{uuid}", ["uuid", "uuid", "text"]),
    ("{date}", ["date", "date", "text"]),
    ("{double}", ["double precision", "double precision", "real"]),
    ("{decimal}", ["numeric", "numeric", "text"]),
    ("{bytes}", ["bytea", "bytea", "blob"]),
    ("{json}", ["jsonb", "jsonb", "text"]),
    ("{time}", ["timestamptz(3)", "timestamptz(3)", "text"]),
    (
        "{now}",
        [
            "clock_timestamp()",
            "clock_timestamp()",
            "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        ],
    ),
    (
        "{random}",
        [
            "gen_random_uuid()::text",
            "gen_random_uuid()::text",
            "lower(hex(randomblob(16)))",
        ],
    ),
    // Every index of SQLite ends with the rowid, which is `seq`.
    ("{seq}", [", seq", ", seq", ""]),
    ("{retry_count}", ["", "", ", retry_count"]),
    ("{plain}", ["", "", " without rowid"]),
    ("{heads}", [" with (fillfactor = 80)", "", " without rowid"]),
];

pub(crate) fn render(text: &str, kind: PrimaryKind) -> String {
    let (at, name) = match kind {
        PrimaryKind::Postgres => (0, "postgres"),
        PrimaryKind::Cockroach => (1, "cockroach"),
        PrimaryKind::Sqlite => (2, "sqlite"),
    };
    let text = TOKENS
        .iter()
        .fold(sections(text, name), |text, (token, values)| {
            text.replace(token, values[at])
        });
    ordered(text, kind)
}

fn ordered(mut text: String, kind: PrimaryKind) -> String {
    const TOKEN: &str = "{ordered ";
    while let Some(begin) = text.find(TOKEN)
        && let Some(length) = text[begin..].find('}')
    {
        let column = &text[begin + TOKEN.len()..begin + length];
        let expression = match kind {
            PrimaryKind::Postgres | PrimaryKind::Cockroach => column.to_owned(),
            PrimaryKind::Sqlite => {
                format!("({})", SQLITE_TIME_IN_ORDER.replace("{column}", column))
            }
        };
        text.replace_range(begin..=begin + length, &expression);
    }
    text
}

/// The lines of a text that are for all or for `name`.
pub(crate) fn sections(text: &str, name: &str) -> String {
    let mut is_ours = true;
    let mut ours = String::with_capacity(text.len());
    for line in text.lines() {
        let section = line
            .trim()
            .strip_prefix("--[")
            .and_then(|line| line.strip_suffix(']'));
        if let Some(names) = section {
            is_ours = names.split(' ').any(|of| of == name || of == "all");
        } else if is_ours {
            ours.push_str(line);
            ours.push('\n');
        }
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_and_a_token_are_of_their_dialects() {
        let text = "a {time}\n--[postgres cockroach]\nb\n--[sqlite]\nc '{}'\n--[all]\nd{seq}\n";
        assert_eq!(
            render(text, PrimaryKind::Cockroach),
            "a timestamptz(3)\nb\nd, seq\n"
        );
        assert_eq!(render(text, PrimaryKind::Sqlite), "a text\nc '{}'\nd\n");
        let index = "(id, {ordered at} desc, {ordered due} )";
        assert_eq!(
            render(index, PrimaryKind::Postgres),
            "(id, at desc, due )\n"
        );
    }
}
