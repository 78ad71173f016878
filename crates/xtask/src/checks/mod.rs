//! What `cargo xtask check` checks. A check looks and reports; it changes nothing.

mod arrows;
mod dependencies;
mod tidiness;
mod toolchain;

use crate::workspace::Workspace;

/// One check and how to satisfy it.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) fix: &'static str,
    pub(crate) run: fn(&Workspace) -> anyhow::Result<Findings>,
}

/// What a check found; without problems it is passed.
#[derive(Default)]
pub(crate) struct Findings {
    /// What is worth knowing about a check that passed.
    pub(crate) note: Option<String>,
    pub(crate) problems: Vec<String>,
}

impl Findings {
    fn problems(problems: Vec<String>) -> Self {
        Self {
            note: None,
            problems,
        }
    }
}

/// All checks, the quick ones first.
pub(crate) const ALL: [Check; 6] = [
    Check {
        name: "tidiness",
        fix: "change what each line names; the rules are in crates/xtask/src/checks/tidiness",
        run: tidiness::check,
    },
    Check {
        name: "arrows",
        fix: "move the code to the crate that owns it, or change docs/ARCHITECTURE.md and checks/arrows.rs with a reason",
        run: arrows::check,
    },
    Check {
        name: "format",
        fix: "cargo fmt --all",
        run: toolchain::format,
    },
    Check {
        name: "dependencies",
        fix: "take another dependency or feature, or change deny.toml with a reason",
        run: dependencies::check,
    },
    Check {
        name: "clippy",
        fix: "follow what clippy says above",
        run: toolchain::clippy,
    },
    Check {
        name: "documentation",
        fix: "follow what rustdoc says above",
        run: toolchain::documentation,
    },
];
