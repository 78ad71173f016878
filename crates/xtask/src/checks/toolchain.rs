//! The checks that Rust's own tools make. They print what they find themselves.

use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

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
    // With examples Cargo uses the dependencies as clippy has checked them. Without, it checks those anew that tests want more of.
    let options = [
        "doc",
        "--quiet",
        "--locked",
        "--workspace",
        "--no-deps",
        "--lib",
        "--examples",
    ];
    let alone = programs_alone(&workspace.members);
    passes(
        workspace
            .cargo()
            .args(options)
            .args(alone.iter().flat_map(|name| ["--bin", name]))
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// The programs of packages without a library.
fn programs_alone(members: &Value) -> Vec<&str> {
    let packages = members["packages"].as_array().into_iter().flatten();
    let targets = packages.map(|package| package["targets"].as_array());
    let alone = targets.flatten().filter(|targets| {
        let kinds = targets.iter().map(|target| &target["kind"][0]);
        kinds.clone().any(|kind| kind == "bin") && !kinds.clone().any(|kind| kind == "lib")
    });
    let programs = alone.flatten().filter(|target| target["kind"][0] == "bin");
    programs
        .filter_map(|target| target["name"].as_str())
        .collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::programs_alone;

    #[test]
    fn a_program_is_documented_by_itself_where_it_has_no_library() {
        let target = |kind: &str, name: &str| json!({ "kind": [kind], "name": name });
        let members = json!({ "packages": [
            { "targets": [target("lib", "both"), target("bin", "both"), target("test", "it")] },
            { "targets": [target("bin", "tool"), target("test", "it")] },
        ]});
        assert_eq!(programs_alone(&members), ["tool"]);
    }
}
