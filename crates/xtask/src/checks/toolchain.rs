//! The checks that Rust's own tools make. They print what they find themselves.

use std::process::Command;

use anyhow::Context as _;

use super::Findings;
use crate::workspace::Workspace;

pub(super) fn format(workspace: &Workspace) -> anyhow::Result<Findings> {
    passes(workspace.cargo().args(["fmt", "--all", "--check"]))
}

pub(super) fn clippy(workspace: &Workspace) -> anyhow::Result<Findings> {
    let options = [
        "clippy",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    passes(workspace.cargo().args(options))
}

pub(super) fn documentation(workspace: &Workspace) -> anyhow::Result<Findings> {
    let options = ["doc", "--quiet", "--locked", "--workspace", "--no-deps"];
    passes(
        workspace
            .cargo()
            .args(options)
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn passes(command: &mut Command) -> anyhow::Result<Findings> {
    let status = command.status().context("run cargo")?;
    let problems = if status.success() {
        vec![]
    } else {
        vec![format!("{status}, see above")]
    };
    Ok(Findings::problems(problems))
}
