//! A private PostgreSQL cluster in a temporary folder, which can be crashed and started again.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use uuid::Uuid;

use super::Installation;
use crate::process::Child;
use crate::servers::{cleanup, folder, port};

const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(10);
/// Also of a standby, which accepts "read-only connections".
const READY: &str = "ready to accept";

/// Whether commits reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `fsync` on, as in production: for benchmarks.
    Full,
    /// `fsync` off: a crash of the server loses nothing, a crash of the machine may. For tests.
    ProcessCrash,
}

/// A running cluster; stopped and removed when it is dropped.
pub struct LocalCluster {
    // Declared before the folder: the server goes first.
    server: Option<Child>,
    folder: TempDir,
    /// The programs that it was made with, `pgbench` among them.
    pub installation: Installation,
    /// User and group that the server runs as when we are root, which it refuses.
    owner: Option<(u32, u32)>,
    durability: Durability,
    port: u16,
    password: String,
}

impl LocalCluster {
    /// Makes a cluster and starts it on a free port of 127.0.0.1 and on a socket in its folder.
    ///
    /// # Errors
    /// When `initdb` or the server fails, with what they said.
    pub async fn start(
        installation: &Installation,
        durability: Durability,
    ) -> anyhow::Result<Self> {
        let mut cluster = Self::empty(installation, durability)?;
        cluster.init().await?;
        cluster.start_on_a_free_port().await?;
        Ok(cluster)
    }

    async fn start_on_a_free_port(&mut self) -> anyhow::Result<()> {
        port::start(async |port| {
            self.port = port;
            self.start_again().await
        })
        .await
    }

    /// A folder for one.
    fn empty(installation: &Installation, durability: Durability) -> anyhow::Result<Self> {
        let folder = folder("postgres")?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))
                .context("give the folder to PostgreSQL's user")?;
        }
        let password = Uuid::new_v4().simple().to_string();
        Ok(Self {
            server: None,
            folder,
            installation: installation.clone(),
            owner,
            durability,
            port: 0,
            password,
        })
    }

    /// The URL of its maintenance database.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    /// Kills every process of the server at once, as a power cut would.
    pub fn kill(&mut self) {
        // Dropping it reaps it.
        let Some(mut server) = self.server.take() else {
            return;
        };
        // Backends leave the postmaster's process group, so each is told by itself.
        let children = children(server.id());
        server.signal(Signal::KILL).ok();
        for child in children {
            // It may have ended in between.
            kill_process(child, Signal::KILL).ok();
        }
    }

    /// Starts the server on the same port and data, after [`LocalCluster::kill`].
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.server = None;
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()]);
        command.arg("-k").arg(self.folder.path());
        let durable = self.durability == Durability::Full;
        let switch = if durable { "on" } else { "off" };
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            // Tests run in parallel, each with pools of its own.
            "max_connections=300".to_owned(),
            format!("fsync={switch}"),
            format!("full_page_writes={switch}"),
            // `READY` is looked for in the log, which must not be translated or sent elsewhere.
            "lc_messages=C".to_owned(),
            "log_destination=stderr".to_owned(),
            "logging_collector=off".to_owned(),
        ] {
            command.args(["-c", &setting]);
        }
        let mut server = Child::spawn_with(&mut command, Some(self.folder.path()))?;
        server.line(READY, START).await?;
        self.server = Some(server);
        Ok(())
    }

    /// A copy of this running cluster that follows it, as a hot standby does, without its waiting for that.
    ///
    /// # Errors
    /// When `pg_basebackup` or the server fails, with what they said.
    pub async fn standby(&self) -> anyhow::Result<Self> {
        let mut standby = Self::empty(&self.installation, self.durability)?;
        standby.password.clone_from(&self.password);
        let mut command = standby.command("pg_basebackup");
        command.arg("-D").arg(standby.data());
        command.args([
            "-d",
            &self.url(),
            "--write-recovery-conf",
            "--wal-method=stream",
        ]);
        command.args(["--checkpoint=fast", "--no-sync"]);
        Child::run(&mut command, None, START).await?;
        standby.start_on_a_free_port().await?;
        Ok(standby)
    }

    /// Has this standby take the place of the cluster that it followed, which is killed if it still runs: an asynchronous failover.
    ///
    /// # Errors
    /// When it does not come up there.
    #[cfg(feature = "postgres")]
    pub async fn take_over(&mut self, mut from: Self) -> anyhow::Result<()> {
        from.kill();
        self.kill();
        self.port = from.port;
        self.start_again().await?;
        super::database::run(&self.url(), "select pg_promote()".to_owned()).await
    }

    async fn init(&self) -> anyhow::Result<()> {
        let password_file = self.folder.path().join("password");
        fs::write(&password_file, &self.password).context("write the password for initdb")?;
        if let Some((user, group)) = self.owner {
            chown(&password_file, Some(user), Some(group))
                .context("hand over the password file")?;
        }
        let mut command = self.command("initdb");
        command
            .arg("-D")
            .arg(self.data())
            .arg("--pwfile")
            .arg(&password_file);
        command.args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        Child::run(&mut command, None, START).await?;
        fs::remove_file(&password_file).context("remove the password file")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.installation.program(program));
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        // An immediate shutdown: it skips the checkpoint, and unlike a kill it gives its shared memory back.
        for signal in [Signal::CONT, Signal::QUIT] {
            server.signal(signal).ok();
        }
        cleanup::run("stop PostgreSQL", async move || {
            server.exit(STOP).await.map(drop)
        });
    }
}

/// Whom the server runs as when we are root: PostgreSQL's own user, else nobody.
fn owner() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
    let find = |name: &str| users.lines().find_map(|line| parse_user(line, name));
    find("postgres")
        .or_else(|| find("nobody"))
        .map(Some)
        .context("PostgreSQL needs a user other than root to run as")
}

/// One line of `/etc/passwd`: name, password, user, group and more, with colons between them.
fn parse_user(line: &str, wanted: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let user = fields.nth(1)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    (name == wanted).then_some((user, group))
}

/// The direct children of a process; empty where there is no `/proc`.
fn children(parent: u32) -> Vec<Pid> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let ids = children.unwrap_or_default();
    let ids = ids.split_whitespace().filter_map(|id| id.parse().ok());
    ids.filter_map(Pid::from_raw).collect()
}
