//! Rules for every text file.

use super::{Broken, File};

/// Words for unfinished work. Each is written in two parts here, so that this file does not break its own rule.
const MARKERS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
/// Folders of one machine.
const MACHINE: [&str; 4] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];

pub(super) fn rules(file: &File<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    // Not `lines()`, which would take a carriage return off.
    for (number, line) in (1..).zip(file.text.split('\n')) {
        broken.extend(
            line_rules(line)
                .into_iter()
                .map(|what| (Some(number), what)),
        );
    }
    broken.extend(end_rule(file.text).map(|what| (None, what.to_owned())));
    if file.is("sql") && !file.text.starts_with("--") {
        broken.push((
            None,
            "does not start with a -- comment: which index and lock it takes, or why it is"
                .to_owned(),
        ));
    }
    broken
}

fn line_rules(line: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if line.ends_with([' ', '\t', '\r']) {
        broken.push("has trailing spaces".to_owned());
    }
    if let Some(marker) = MARKERS.iter().find(|marker| has_word(line, marker)) {
        broken.push(format!("says {marker}: do it, or open an issue"));
    }
    if let Some(folder) = MACHINE.iter().find(|folder| starts_path(line, folder)) {
        broken.push(format!("names {folder}, a folder of one machine"));
    }
    broken
}

fn end_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        None
    } else if !text.ends_with('\n') {
        Some("does not end with a line break")
    } else if text.ends_with("\n\n") {
        Some("ends with an empty line")
    } else {
        None
    }
}

/// Whether `word` is in `line` on its own, not as a part of a name.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (
            line[..at].chars().next_back(),
            line[at + word.len()..].chars().next(),
        );
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Whether an absolute path starts with `folder`; in a URL or a relative path something stands before it.
fn starts_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*' | '~'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::assert_problems;

    #[test]
    fn a_line_must_be_clean_and_finished() {
        let marker = concat!("TO", "DO");
        assert_problems("a.md", "x \n", &["a.md:1: has trailing spaces"]);
        assert_problems("a.md", "x\r\n", &["a.md:1: has trailing spaces"]);
        let text = format!("x\n// {marker}: y\n");
        assert_problems(
            "a.sh",
            &text,
            &[&format!("a.sh:2: says {marker}: do it, or open an issue")],
        );
        assert_problems("a.sh", &format!("todo {marker}S MY_{marker}\n"), &[]);
    }

    #[test]
    fn a_folder_of_one_machine_is_told_from_a_part_of_a_path() {
        let folder = concat!("/ro", "ot/");
        let found = format!("a.md:1: names {folder}, a folder of one machine");
        assert_problems("a.md", &format!("see {folder}x\n"), &[&found]);
        assert_problems("a.md", &format!("cp \"{folder}x\"\n"), &[&found]);
        assert_problems("a.md", &format!("https://example.org{folder}x\n"), &[]);
    }

    #[test]
    fn a_text_ends_with_one_line_break() {
        assert_problems("a.toml", "x", &["a.toml: does not end with a line break"]);
        assert_problems("a.toml", "x\n\n", &["a.toml: ends with an empty line"]);
        assert_problems("a.toml", "", &[]);
    }

    #[test]
    fn a_statement_says_what_it_costs() {
        assert_problems("q.sql", "-- index: primary key\nselect 1;\n", &[]);
        assert_problems(
            "q.sql",
            "select 1;\n",
            &[
                "q.sql: does not start with a -- comment: which index and lock it takes, or why it is",
            ],
        );
    }
}
