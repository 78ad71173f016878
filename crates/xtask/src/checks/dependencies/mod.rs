//! Licences, sources and forbidden packages, as `deny.toml` has them.
//!
//! `cargo-deny` checks them when it is there. Where it is not, the same three tables are read here and held against
//! `cargo metadata`: less thorough (it believes each package's own word on its licence), but never nothing.

mod licence;
mod policy;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use twinbase_testkit::servers::search;

use super::Findings;
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    match cargo_deny(&workspace.root) {
        Some(program) => with_cargo_deny(workspace, &program),
        None => with_metadata(workspace),
    }
}

fn cargo_deny(root: &Path) -> Option<PathBuf> {
    let cached = root.join(".cache/bin/cargo-deny");
    search::on_path(&["cargo-deny"]).or_else(|| cached.is_file().then_some(cached))
}

fn with_cargo_deny(workspace: &Workspace, program: &Path) -> anyhow::Result<Findings> {
    let mut deny = Command::new(program);
    // Advisories come from the network and change without us: they are no reason for a commit to fail.
    deny.current_dir(&workspace.root)
        .args(["check", "bans", "licenses", "sources"]);
    let status = deny.status().context("run cargo-deny")?;
    let problems = if status.success() {
        vec![]
    } else {
        vec!["cargo-deny found something, see above".to_owned()]
    };
    Ok(Findings {
        note: Some("by cargo-deny".to_owned()),
        problems,
    })
}

fn with_metadata(workspace: &Workspace) -> anyhow::Result<Findings> {
    let text = fs::read_to_string(workspace.root.join("deny.toml")).context("read deny.toml")?;
    let problems = policy::Policy::parse(&text)?.problems(&workspace.resolve()?);
    let note = "by the project's own check of deny.toml: cargo-deny is not installed";
    Ok(Findings {
        note: Some(note.to_owned()),
        problems,
    })
}
