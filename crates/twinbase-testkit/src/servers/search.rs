//! Finding programs on this machine.

use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The first of `names` that is on the `PATH`.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    names.iter().find_map(|name| in_folders(&folders, name))
}

/// `name` in the first of `folders` that has it as a program.
fn in_folders(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let mut paths = folders.iter().map(|folder| folder.join(name));
    paths.find(|path| is_program(path))
}

/// Whether this is a file that can be run.
pub(super) fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::in_folders;

    #[test]
    fn a_file_that_cannot_be_run_is_not_a_program() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server");
        fs::write(&file, "").unwrap();
        let folders = [folder.path().to_owned()];
        assert_eq!(in_folders(&folders, "server"), None);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(in_folders(&folders, "server"), Some(file));
    }
}
