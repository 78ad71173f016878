//! Rules for Rust files.

use super::{Broken, File};

/// A file that does not fit into a reader's head is split before it gets here.
const LONGEST_FILE: usize = 500;

/// What must not stand in any Rust file, and why. Written in two parts, so that this file does not break its own rule.
const FORBIDDEN: [(&str, &str); 4] = [
    (concat!("to", "do!("), "is unfinished"),
    (concat!("unimpl", "emented!("), "is unfinished"),
    (
        concat!("[al", "low("),
        "hides a lint: say #[expect(.., reason = \"..\")]",
    ),
    (concat!("#[ig", "nore"), "keeps a test from running"),
];

pub(super) fn rules(file: &File<'_>) -> Vec<Broken> {
    if !file.is("rs") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    if !file.text.starts_with("//!") {
        broken.push((None, "does not open with `//!` and what it owns".to_owned()));
    }
    let length = file.text.lines().count();
    if length > LONGEST_FILE {
        broken.push((
            None,
            format!("has {length} lines, more than {LONGEST_FILE}: split it"),
        ));
    }
    let mut in_tests = file.path.split('/').any(|part| part == "tests");
    for (number, line) in (1..).zip(file.text.lines()) {
        in_tests |= line.trim() == "#[cfg(test)]";
        broken.extend(forbidden(line, in_tests).map(|what| (Some(number), what)));
    }
    broken
}

fn forbidden(line: &str, in_tests: bool) -> Option<String> {
    if in_tests && sleeps(line) {
        return Some("sleeps: wait for what you wait for with twinbase_testkit::wait".to_owned());
    }
    let (pattern, why) = FORBIDDEN
        .iter()
        .find(|(pattern, _)| line.contains(pattern))?;
    Some(format!("`{pattern}` {why}"))
}

/// A call of a function named `sleep`; `pg_sleep`, which makes a slow statement, is another name.
fn sleeps(line: &str) -> bool {
    let calls = ["sleep(", "sleep_until("]
        .iter()
        .flat_map(|call| line.match_indices(call));
    calls
        .into_iter()
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::super::assert_problems;

    const OPENING: &str = "//! Owns x.\n";

    #[track_caller]
    fn check(path: &str, body: &str, expected: &[&str]) {
        assert_problems(path, &format!("{OPENING}{body}"), expected);
    }

    #[test]
    fn a_file_says_what_it_owns_and_stays_short() {
        assert_problems(
            "a.rs",
            "fn f() {}\n",
            &["a.rs: does not open with `//!` and what it owns"],
        );
        check("a.rs", &"x();\n".repeat(499), &[]);
        check(
            "a.rs",
            &"x();\n".repeat(500),
            &["a.rs: has 501 lines, more than 500: split it"],
        );
    }

    #[test]
    fn a_test_does_not_sleep_but_a_worker_may() {
        let line = concat!("tokio::time::sl", "eep(second).await;\n");
        let found = "sleeps: wait for what you wait for with twinbase_testkit::wait";
        check("crates/x/src/worker.rs", line, &[]);
        check(
            "crates/x/tests/it/main.rs",
            line,
            &[&format!("crates/x/tests/it/main.rs:2: {found}")],
        );
        check(
            "a.rs",
            &format!("#[cfg(test)]\n{line}"),
            &[&format!("a.rs:3: {found}")],
        );
        check(
            "crates/x/tests/it/main.rs",
            "run(\"select pg_sleep(1)\");\n",
            &[],
        );
    }

    #[test]
    fn what_hides_a_finding_is_found() {
        let line = concat!("#![al", "low(dead_code)]\n");
        let found = "hides a lint: say #[expect(.., reason = \"..\")]";
        check(
            "a.rs",
            line,
            &[&format!("a.rs:2: `{}` {found}", concat!("[al", "low("))],
        );
        let line = concat!("#[ig", "nore = \"slow\"]\n");
        check(
            "a.rs",
            line,
            &[concat!("a.rs:2: `#[ig", "nore` keeps a test from running")],
        );
    }
}
