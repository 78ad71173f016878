//! Installing Debian's packages, where that is allowed.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use twinbase_testkit::servers::{environment, search};

/// Installs `packages`, or says why it may not or cannot.
pub(super) fn install(packages: &[&str]) -> anyhow::Result<()> {
    if environment::is_on(environment::NO_INSTALL) {
        bail!("{} forbids it", environment::NO_INSTALL);
    }
    ensure!(
        search::on_path(&["apt-get"]).is_some(),
        "there is no apt-get on the PATH"
    );
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root may install packages"
    );
    let clusters = clusters();
    eprintln!("installing {} with apt-get", packages.join(" "));
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat())?;
    // PostgreSQL's package makes a cluster of its own and starts it: the tests use another.
    for cluster in self::clusters().difference(&clusters) {
        stop(cluster)?;
    }
    Ok(())
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(["-q", "-q"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    let output = command.output().context("run apt-get")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(
        output.status.success(),
        "apt-get {}: {}\n{}",
        arguments.join(" "),
        output.status,
        last_lines(&said)
    );
    Ok(())
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

/// Version and name of the clusters that Debian's tools manage; none where they are not installed.
fn clusters() -> BTreeSet<(String, String)> {
    let output = Command::new("pg_lsclusters")
        .arg("--no-header")
        .stdin(Stdio::null())
        .output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    text.lines().filter_map(parse_cluster).collect()
}

fn parse_cluster(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}

fn stop((version, name): &(String, String)) -> anyhow::Result<()> {
    let mut command = Command::new("pg_ctlcluster");
    let output = command
        .args([version, name, "stop"])
        .stdin(Stdio::null())
        .output()
        .context("run pg_ctlcluster")?;
    // 2 says that it did not run.
    let is_stopped = output.status.success() || output.status.code() == Some(2);
    ensure!(
        is_stopped,
        "stop the cluster {version}/{name}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse_cluster;

    #[test]
    fn a_cluster_is_known_by_its_version_and_name() {
        let line = "15  main  5432 online postgres /var/lib/postgresql/15/main /var/log/x.log";
        assert_eq!(parse_cluster(line), Some(("15".into(), "main".into())));
        assert_eq!(parse_cluster(""), None);
    }
}
