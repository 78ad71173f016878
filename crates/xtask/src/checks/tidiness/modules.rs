//! A Rust file that no module names is never compiled: its tests cannot fail.

use std::{collections::BTreeMap, path::Path};

/// Folders whose files cargo itself finds, each a program or a test of its own.
const ROOTS: [&str; 4] = ["tests", "examples", "benches", "bin"];

/// The files among these that nobody declares; `texts` has every Rust file by its path.
pub(super) fn orphans(texts: &BTreeMap<&str, String>) -> Vec<String> {
    let orphans = texts.keys().filter(|path| !is_declared(path, texts));
    orphans
        .map(|path| format!("{path}: no module names it, so it is never compiled"))
        .collect()
}

fn is_declared(path: &str, texts: &BTreeMap<&str, String>) -> bool {
    let path = Path::new(path);
    let of = |path: Option<&Path>| path.and_then(Path::to_str).unwrap_or_default().to_owned();
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.unwrap_or_default();
    let mut folder = of(path.parent());
    if matches!(stem, "main" | "lib" | "build") || is_root(&folder) {
        return true;
    }
    let mut name = stem.to_owned();
    if stem == "mod" {
        let inner = Path::new(&folder);
        name = of(inner.file_name().map(Path::new));
        folder = of(inner.parent());
    }
    // Beside the file that it tests.
    let beside = format!("#[path = \"{stem}.rs\"]");
    let mut neighbours = texts.iter().filter(|(path, _)| {
        let parent = Path::new(path).parent();
        of(parent) == folder
    });
    if neighbours.any(|(_, text)| text.contains(&beside)) {
        return true;
    }
    let parents = ["mod.rs", "main.rs", "lib.rs"].map(|of| format!("{folder}/{of}"));
    // The modules of a program or a test of its own lie beside it.
    let leaf = Some(format!("{folder}.rs")).filter(|leaf| {
        let parent = Path::new(leaf).parent();
        !is_root(&of(parent))
    });
    let parents = parents.into_iter().chain(leaf);
    let mut parents = parents.filter_map(|parent| texts.get(&*parent)).peekable();
    // A folder without one has no modules: a test gives its files to the compiler.
    parents.peek().is_none() || parents.any(|text| text.lines().any(|line| declares(line, &name)))
}

fn is_root(folder: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or_default();
    ROOTS.contains(&last)
}

/// Whether a line is `mod name;`, of whatever visibility.
fn declares(line: &str, name: &str) -> bool {
    let declared = line.trim().strip_suffix(';');
    let declared = declared.and_then(|line| line.split_once("mod "));
    declared.is_some_and(|(before, declared)| {
        declared == name && (before.is_empty() || before.starts_with("pub"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&'static str, &str)], expected: &[&str]) {
        let texts = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
        let found = orphans(&texts.collect());
        let found: Vec<_> = found
            .iter()
            .filter_map(|line| Some(line.split_once(':')?.0))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_that_no_module_names_is_found() {
        let main = (
            "crates/x/tests/it/main.rs",
            "mod a;\npub(crate) mod b;\n// mod d;\n",
        );
        let files = [
            main,
            ("crates/x/tests/it/a.rs", ""),
            ("crates/x/tests/it/b/mod.rs", "mod c;\n"),
            ("crates/x/tests/it/b/c.rs", ""),
            ("crates/x/tests/it/b/e.rs", ""),
            ("crates/x/tests/it/d.rs", ""),
            ("crates/x/tests/alone.rs", ""),
            ("crates/x/tests/refused.rs", ""),
            ("crates/x/tests/refused/no_key.rs", ""),
            (
                "crates/x/src/lib.rs",
                "mod state;\n#[path = \"lib_tests.rs\"]\nmod tests;\n",
            ),
            ("crates/x/src/state.rs", "#[cfg(test)]\nmod tests;\n"),
            ("crates/x/src/state/tests.rs", ""),
            ("crates/x/src/lib_tests.rs", ""),
        ];
        check(
            &files,
            &["crates/x/tests/it/b/e.rs", "crates/x/tests/it/d.rs"],
        );
    }
}
