//! The rules that keep files easy to read, and that no other tool knows.

mod modules;
mod rust;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::Findings;
use crate::workspace::Workspace;

/// A text file of the project.
struct File<'a> {
    /// Below the project's folder, with slashes.
    path: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn is(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, found)| found == extension)
    }
}

/// A broken rule: the line, when there is one, and what is wrong with it.
type Broken = (Option<usize>, String);

pub(super) fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut problems = Vec::new();
    let paths = paths(&workspace.root)?;
    let mut programs = BTreeMap::new();
    for path in &paths {
        let Some(text) = read(&workspace.root.join(path))? else {
            continue;
        };
        let file = File { path, text: &text };
        problems.extend(problems_of(&file));
        if file.is("rs") {
            programs.insert(&**path, text);
        }
    }
    problems.extend(modules::orphans(&programs));
    Ok(Findings {
        note: Some(format!("{} files", paths.len())),
        problems,
    })
}

fn problems_of(file: &File<'_>) -> Vec<String> {
    if is_foreign(file.path) {
        return Vec::new();
    }
    let broken = text::rules(file).into_iter().chain(rust::rules(file));
    let place = |line: Option<usize>| line.map(|line| format!(":{line}")).unwrap_or_default();
    broken
        .map(|(line, what)| format!("{}{}: {what}", file.path, place(line)))
        .collect()
}

/// What others wrote stays as it is.
fn is_foreign(path: &str) -> bool {
    path.split('/').any(|part| part == "vendor")
        || path == "Cargo.lock"
        || path.starts_with("LICENSE-")
}

/// What git knows and what it would take in.
fn paths(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let output = git.output().context("run git ls-files")?;
    ensure!(
        output.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

/// The text of a file; `None` for a picture and the like, for a link, and for a file that is removed but not committed so.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
        return Ok(None);
    }
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0')))
}

#[cfg(test)]
#[track_caller]
fn assert_problems(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(problems_of(&File { path, text }), expected);
}

#[cfg(test)]
mod tests {
    use super::assert_problems;

    #[test]
    fn what_others_wrote_is_left_alone() {
        assert_problems("crates/console/vendor/htmx.js", "x \n\n", &[]);
        assert_problems(
            "vendored.js",
            "x",
            &["vendored.js: does not end with a line break"],
        );
    }
}
