//! Where the project is and what Cargo knows about it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// The Cargo workspace that this program was built in.
pub(crate) struct Workspace {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// Where Cargo builds, wherever the environment or the configuration puts it.
    pub(crate) target: PathBuf,
    /// `cargo metadata` of its members, without dependencies.
    pub(crate) members: Value,
}

impl Workspace {
    pub(crate) fn find() -> anyhow::Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let members = metadata(here, &["--no-deps"])?;
        let folder = |key: &str| {
            let path = members[key]
                .as_str()
                .with_context(|| format!("cargo metadata tells no {key}"));
            path.map(PathBuf::from)
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            members,
        })
    }

    /// `cargo metadata` with the dependencies that this machine builds.
    pub(crate) fn resolve(&self) -> anyhow::Result<Value> {
        let host = host_platform()?;
        // Without the filter Cargo would download the packages of all other platforms first.
        metadata(&self.root, &["--locked", "--filter-platform", &host])
    }

    /// A cargo command in the workspace: the cargo that runs us, so that the toolchain is the same.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_about_this_package) {
            command.env_remove(name);
        }
    }
    command
}

/// What the outer `cargo run` tells about xtask itself. Build scripts of dependencies watch some of it (ring's does), so an
/// inner cargo that saw it would build them again, and everything above them, whenever somebody runs cargo by hand.
fn is_about_this_package(variable: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    prefixes.iter().any(|prefix| variable.starts_with(prefix)) || variable == "CARGO_CRATE_NAME"
}

fn metadata(folder: &Path, options: &[&str]) -> anyhow::Result<Value> {
    let mut command = cargo();
    command
        .current_dir(folder)
        .args(["metadata", "--quiet", "--format-version", "1"])
        .args(options);
    let output = command.output().context("run cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    serde_json::from_slice(&output.stdout).context("read the answer of cargo metadata")
}

fn host_platform() -> anyhow::Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("run rustc -vV")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc -vV tells no host")
}
