//! Which tests did not run in an `--embedded` run, as they recorded it themselves.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;

/// The last lines of an embedded run.
pub(super) fn summary(record: &Path) -> anyhow::Result<Vec<String>> {
    match fs::read_to_string(record) {
        Ok(text) => Ok(lines(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(lines("")),
        Err(error) => Err(error).context("read which tests were not run"),
    }
}

fn lines(record: &str) -> Vec<String> {
    // A test may ask for several servers, and ask more than once: it counts once, under the first that it asked for.
    let mut tests: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for line in record.lines() {
        if let [package, test, server] = line.split('\t').collect::<Vec<_>>()[..] {
            tests.entry((package, test)).or_insert(server);
        }
    }
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for ((package, _), server) in tests {
        *counts.entry((package, server)).or_default() += 1;
    }
    if counts.is_empty() {
        return vec![
            "Embedded only: no server was provided, and none of these tests needs one.".to_owned(),
        ];
    }
    let total: usize = counts.values().sum();
    let first = format!(
        "Embedded only: no server was provided, and {total} tests were NOT run for want of one:"
    );
    let rest = counts
        .iter()
        .map(|((package, server), count)| format!("  {package}: {count} that need {server}"));
    [first].into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn every_test_that_was_not_run_is_counted_once() {
        let record =
            "sync\ta\tPostgreSQL\nsync\ta\tMongoDB\nsync\tb\tPostgreSQL\nprimary\tc\tPostgreSQL\n";
        assert_eq!(
            lines(record),
            [
                "Embedded only: no server was provided, and 3 tests were NOT run for want of one:",
                "  primary: 1 that need PostgreSQL",
                "  sync: 2 that need PostgreSQL",
            ]
        );
    }

    #[test]
    fn a_run_in_which_nothing_was_left_out_says_so() {
        assert!(lines("")[0].ends_with("none of these tests needs one."));
    }
}
