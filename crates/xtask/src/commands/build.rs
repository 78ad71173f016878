//! Building programs of the workspace that are run then.

use std::path::Path;

use anyhow::ensure;

use super::runner;
use crate::workspace::Workspace;

/// Builds these packages in release mode, in one call of cargo.
pub(super) async fn release(
    workspace: &Workspace,
    packages: &[&str],
    scratch: &Path,
) -> anyhow::Result<()> {
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--locked", "--quiet"]);
    for package in packages {
        command.args(["--package", package]);
    }
    let status = runner::run(command, scratch).await?;
    ensure!(status.success(), "{} do not build", packages.join(" and "));
    Ok(())
}
