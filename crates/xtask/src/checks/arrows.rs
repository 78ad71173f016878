//! Which crate may depend on which: the arrows of the architecture, and who may know a database driver.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::Value;

use super::Findings;
use crate::workspace::Workspace;

/// What each crate may use of the workspace in what it ships. Tests may use the testkit besides.
const ARROWS: [(&str, &[&str]); 17] = [
    ("twinbase-core", &[]),
    ("twinbase-derive", &[]),
    ("twinbase-docstore", &[]),
    ("twinbase-primary", &["twinbase-core"]),
    ("twinbase-replica", &["twinbase-core", "twinbase-docstore"]),
    ("twinbase-sync", &["twinbase-core"]),
    (
        "twinbase",
        &[
            "twinbase-core",
            "twinbase-derive",
            "twinbase-primary",
            "twinbase-replica",
            "twinbase-sync",
        ],
    ),
    ("twinbase-web", &["twinbase-core", "twinbase"]),
    (
        "twinbase-console",
        &["twinbase-core", "twinbase-sync", "twinbase", "twinbase-web"],
    ),
    ("twinbase-cli", &["twinbase", "twinbase-console"]),
    (
        "studyhall",
        &[
            "twinbase",
            "twinbase-cli",
            "twinbase-console",
            "twinbase-web",
        ],
    ),
    ("twinbase-testkit", &["twinbase-core", "twinbase"]),
    ("example-sqlx", &["twinbase"]),
    // It knows the program alone, so that Studyhall's tests can use it.
    ("studyhall-load", &["twinbase-testkit"]),
    ("twinbase-bench", ANY),
    ("twinbase-torture", ANY),
    ("xtask", ANY),
];

/// The tools that drive the whole: they ship nothing.
const ANY: &[&str] = &["*"];

/// Who may depend on a driver, in what it ships.
const DRIVERS: [(&str, &[&str]); 8] = [
    ("tokio-postgres", &["twinbase-primary", "twinbase-testkit"]),
    ("tokio-postgres-rustls", &["twinbase-primary"]),
    ("deadpool-postgres", &["twinbase-primary"]),
    ("refinery", &["twinbase-primary"]),
    ("refinery-core", &["twinbase-primary"]),
    ("rusqlite", &["twinbase-primary", "twinbase-docstore"]),
    ("sqlx", &["example-sqlx"]),
    ("mongodb", &["twinbase-replica", "twinbase-testkit"]),
];

pub(super) fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let packages = workspace.members["packages"].as_array();
    Ok(Findings::problems(problems(
        packages.context("cargo metadata tells no packages")?,
    )))
}

/// The wrong arrows of the workspace's packages, as `cargo metadata` describes them.
fn problems(packages: &[Value]) -> Vec<String> {
    let members: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    packages
        .iter()
        .flat_map(|package| problems_of(package, &members))
        .collect()
}

fn problems_of(package: &Value, members: &BTreeSet<&str>) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = ARROWS.iter().find(|(member, _)| *member == name) else {
        return vec![format!("{name} has no entry in the table of arrows")];
    };
    if *allowed == ANY {
        return Vec::new();
    }
    let dependencies = package["dependencies"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let shipped = dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev");
    let names = shipped.filter_map(|dependency| dependency["name"].as_str());
    names
        .filter_map(|dependency| problem(name, allowed, dependency, members))
        .collect()
}

fn problem(
    name: &str,
    allowed: &[&str],
    dependency: &str,
    members: &BTreeSet<&str>,
) -> Option<String> {
    if members.contains(dependency) && !allowed.contains(&dependency) {
        return Some(format!("{name} must not depend on {dependency}"));
    }
    let (_, owners) = DRIVERS.iter().find(|(driver, _)| *driver == dependency)?;
    (!owners.contains(&name)).then(|| {
        format!(
            "{name} must not know {dependency}: only {} may",
            owners.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::problems;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind }))
            .collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    #[track_caller]
    fn check(packages: &[Value], expected: &[&str]) {
        assert_eq!(problems(packages), expected);
    }

    #[test]
    fn an_arrow_against_the_architecture_is_found() {
        let core = package("twinbase-core", &[("serde", None), ("twinbase-sync", None)]);
        let sync = package(
            "twinbase-sync",
            &[("twinbase-core", None), ("mongodb", None)],
        );
        check(
            &[core, sync],
            &[
                "twinbase-core must not depend on twinbase-sync",
                "twinbase-sync must not know mongodb: only twinbase-replica, twinbase-testkit may",
            ],
        );
    }

    #[test]
    fn only_tests_may_use_the_testkit_and_a_foreign_driver() {
        let tests = [
            ("twinbase-core", None),
            ("twinbase-testkit", Some("dev")),
            ("rusqlite", Some("dev")),
        ];
        let testkit = package("twinbase-testkit", &[("twinbase-core", None)]);
        let core = package("twinbase-core", &[]);
        check(
            &[
                core.clone(),
                testkit.clone(),
                package("twinbase-sync", &tests),
            ],
            &[],
        );
        let shipped = package("twinbase-sync", &[("twinbase-testkit", None)]);
        check(
            &[core, testkit, shipped],
            &["twinbase-sync must not depend on twinbase-testkit"],
        );
    }

    #[test]
    fn a_build_dependency_ships_too() {
        let replica = package("twinbase-replica", &[("rusqlite", Some("build"))]);
        check(
            &[replica],
            &[
                "twinbase-replica must not know rusqlite: only twinbase-primary, twinbase-docstore may",
            ],
        );
    }

    #[test]
    fn a_new_crate_must_say_where_it_belongs() {
        check(
            &[package("twinbase-helpers", &[])],
            &["twinbase-helpers has no entry in the table of arrows"],
        );
    }
}
