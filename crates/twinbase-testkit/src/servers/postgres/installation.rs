//! PostgreSQL's server programs on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::servers::search;

/// Where packages put versions side by side, outside of the `PATH`: Debian, Fedora, Homebrew on both architectures.
const FOLDERS: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// A folder with `postgres`, `initdb` and their friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// The one on the `PATH`, else the newest that a package installed elsewhere.
    pub fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path).find(|folder| is_complete(folder));
        on_path
            .or_else(|| {
                let folders = FOLDERS.iter();
                newest(folders.flat_map(|(parent, prefix)| versions(Path::new(parent), prefix)))
            })
            .map(|folder| Self {
                folder: behind_links(folder),
            })
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its version as the server program tells it, as `15.13`.
    pub fn version(&self) -> Option<String> {
        let output = Command::new(self.program("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .map(str::to_owned)
    }
}

/// Where the server really lies: a folder of links to it need not have links to all of its programs.
fn behind_links(folder: PathBuf) -> PathBuf {
    let server = fs::canonicalize(folder.join("postgres")).ok();
    let real = server.as_deref().and_then(Path::parent);
    real.filter(|real| is_complete(real))
        .map_or(folder, Path::to_owned)
}

fn is_complete(folder: &Path) -> bool {
    let mut programs = ["postgres", "initdb"].iter();
    programs.all(|name| search::is_program(&folder.join(name)))
}

/// The folders `parent/prefix<version>/bin`, with their versions.
fn versions(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let version = |name: &str| name.strip_prefix(prefix)?.split('.').next()?.parse().ok();
    let version = |entry: fs::DirEntry| {
        let version = version(entry.file_name().to_str()?)?;
        Some((version, entry.path().join("bin")))
    };
    entries.filter_map(version).collect()
}

fn newest(found: impl Iterator<Item = (u32, PathBuf)>) -> Option<PathBuf> {
    let complete = found.filter(|(_, folder)| is_complete(folder));
    complete
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{newest, versions};

    fn install(parent: &Path, version: &str, programs: &[&str]) {
        let folder = parent.join(version).join("bin");
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
            fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn the_newest_version_that_has_a_server_is_taken() {
        let parent = tempfile::tempdir().unwrap();
        install(parent.path(), "9.6", &["postgres", "initdb"]);
        install(parent.path(), "15", &["postgres", "initdb"]);
        // A client package alone: its folder is there, the server is not.
        install(parent.path(), "17", &["psql"]);
        let found = newest(versions(parent.path(), "").into_iter());
        assert_eq!(found, Some(parent.path().join("15/bin")));
    }
}
