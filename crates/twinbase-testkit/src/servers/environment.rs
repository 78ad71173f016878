//! The environment variables between `cargo xtask test` and the tests, and the rule for a server that is not there.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::{env, thread};

/// URL of the PostgreSQL server; its user may create databases.
pub const POSTGRES_URL: &str = "TWINBASE_TEST_POSTGRES_URL";
/// URL of the MongoDB server.
pub const MONGODB_URL: &str = "TWINBASE_TEST_MONGODB_URL";
/// How to start a private MongoDB server that keeps its data over a restart: a JSON array, the program and its arguments,
/// with `{port}` and `{data}` (a folder) in them.
pub const MONGODB_COMMAND: &str = "TWINBASE_TEST_MONGODB_COMMAND";
/// Path of a Chromium.
pub const BROWSER: &str = "TWINBASE_TEST_BROWSER";
/// `1`: only what needs no server is to be tested.
pub const EMBEDDED: &str = "TWINBASE_TEST_EMBEDDED";
/// A file to which every test that does not run, because of [`EMBEDDED`], appends a line: package, test, what it needs.
pub const NOT_RUN: &str = "TWINBASE_TEST_NOT_RUN";
/// A folder that the whole test run shares and that is removed after it.
pub const SCRATCH: &str = "TWINBASE_TEST_SCRATCH";
/// `1`: nothing may be installed on this machine to provide a server.
pub const NO_INSTALL: &str = "TWINBASE_TEST_NO_INSTALL";

/// Whether only the embedded databases are to be tested.
pub fn embedded_only() -> bool {
    is_on(EMBEDDED)
}

/// Whether a switch is set to something that means yes.
pub fn is_on(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The value of a variable that is set and not empty.
pub fn value(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// The value of `variable`, which leads to `server`; `None`, recorded, when this is an embedded run.
///
/// # Panics
/// When neither holds: a test that needs a server must not pass without one.
pub(crate) fn required(variable: &str, server: &str) -> Option<String> {
    let Ok(value) = decide(embedded_only(), value(variable)) else {
        panic!(
            "this test needs {server}, and {variable} is not set: run `cargo xtask test`, which provides it, \
             or `cargo xtask test --embedded` to run only what needs no server"
        );
    };
    if value.is_none() {
        record_not_run(server);
    }
    value
}

/// What to use, if the test is to run. `--embedded` wins over a URL that happens to be set: that run must be the same on
/// every machine.
fn decide(embedded: bool, value: Option<String>) -> Result<Option<String>, ()> {
    match value {
        _ if embedded => Ok(None),
        Some(value) => Ok(Some(value)),
        None => Err(()),
    }
}

fn record_not_run(server: &str) {
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    println!("not run (--embedded): {test} needs {server}");
    if let Some(path) = value(NOT_RUN) {
        // One short write to a file opened for appending: lines of parallel test processes do not mix.
        let file = OpenOptions::new().create(true).append(true).open(path);
        let line = format!("{package}\t{test}\t{server}\n");
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("cannot record that {test} was not run: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decide;

    #[test]
    fn a_missing_server_fails_the_test_unless_the_run_is_embedded() {
        assert_eq!(decide(false, None), Err(()));
        assert_eq!(decide(true, None), Ok(None));
    }

    #[test]
    fn an_embedded_run_ignores_a_server_that_is_there() {
        let there = Some("postgres://there".to_owned());
        assert_eq!(decide(true, there.clone()), Ok(None));
        assert_eq!(decide(false, there.clone()), Ok(there));
    }
}
