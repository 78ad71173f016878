//! The message for a server that no way provides.

use std::fmt::Write as _;

use twinbase_testkit::servers::environment;

/// A server, and why each way to it does not work here.
#[derive(Debug)]
pub(crate) struct Missing {
    server: &'static str,
    ways: Vec<(String, String)>,
}

impl Missing {
    pub(super) fn new(server: &'static str) -> Self {
        Self {
            server,
            ways: Vec::new(),
        }
    }

    /// Remembers that the way `how` does not work, and why.
    pub(super) fn note(&mut self, how: impl Into<String>, why_not: &anyhow::Error) {
        self.ways.push((how.into(), format!("{why_not:#}")));
    }
}

/// One message for all that is missing.
pub(crate) fn message(missing: &[Missing]) -> String {
    let names: Vec<_> = missing.iter().map(|missing| missing.server).collect();
    let mut text = format!(
        "the tests need {}, and no way to provide it works here.\n",
        names.join(" and ")
    );
    for missing in missing {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\n{}: any one of these ways is enough",
            missing.server
        );
        for (how, why_not) in &missing.ways {
            let why_not = why_not.trim().replace('\n', "\n      ");
            let _ = writeln!(text, "  - {how}\n      now: {why_not}");
        }
    }
    if environment::is_on(environment::NO_INSTALL) {
        let _ = writeln!(
            text,
            "\n{}=1 keeps anything from being installed.",
            environment::NO_INSTALL
        );
    }
    text.push_str("\nOr run what needs no server: cargo xtask test --embedded");
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::{Missing, message};

    #[test]
    fn the_message_lists_every_way_with_its_reason_and_the_way_out() {
        let mut mongodb = Missing::new("MongoDB");
        mongodb.note("install mongod", &anyhow!("it is not on the PATH"));
        mongodb.note(
            "install JDK 17",
            &anyhow!("first\nsecond").context("javac does not answer"),
        );
        let text = message(&[mongodb, Missing::new("a browser")]);
        assert!(
            text.starts_with("the tests need MongoDB and a browser, and no way"),
            "{text}"
        );
        assert!(
            text.contains("  - install mongod\n      now: it is not on the PATH\n"),
            "{text}"
        );
        assert!(
            text.contains("now: javac does not answer: first\n      second\n"),
            "{text}"
        );
        assert!(text.ends_with("cargo xtask test --embedded"), "{text}");
    }
}
