//! A place from which Studyhall is run: its program, its databases, and nothing of the environment of whoever runs us.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;
use twinbase_testkit::process::{Child, Signal, Stream};

/// How long starting and stopping may take on a loaded machine.
const SOON: Duration = Duration::from_mins(2);
/// How long a command may take: a community of any size is filled in this, and verified.
const LONG: Duration = Duration::from_hours(1);

/// What the environment may hold of Studyhall's.
const PREFIX: &str = "STUDYHALL_";
const SERVERS: [&str; 2] = ["DATABASE_URL", "MONGODB_URL"];

/// Which databases; embedded ones where none is named.
#[derive(Debug, Clone, Default)]
pub struct Databases {
    /// The primary's URL.
    pub primary: Option<String>,
    /// The replica's URL.
    pub replica: Option<String>,
}

/// A folder with a Studyhall in it. It is removed with this.
#[derive(Debug)]
pub struct Place {
    program: PathBuf,
    folder: TempDir,
    databases: Databases,
}

/// A Studyhall that runs: server and worker in one process.
pub struct Running {
    child: Child,
    url: String,
}

impl Place {
    /// A new place for a program, with new embedded databases or with these.
    ///
    /// # Errors
    /// When there is no such program or no folder can be made.
    pub fn new(program: &Path, databases: Databases) -> anyhow::Result<Self> {
        let program = program
            .canonicalize()
            .with_context(|| format!("find {}; build it first", program.display()))?;
        let folder = tempfile::Builder::new().prefix("studyhall-").tempdir();
        Ok(Self {
            program,
            folder: folder.context("make a folder for Studyhall")?,
            databases,
        })
    }

    /// Where embedded databases lie.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("studyhall-data")
    }

    /// Runs a command to its end; returns its exit code and what it prints as JSON.
    ///
    /// # Errors
    /// When it prints none, with what it says instead.
    pub async fn json(&self, arguments: &[&str]) -> anyhow::Result<(Option<i32>, Value)> {
        let mut command = self.command();
        let mut child = Child::spawn(command.args(arguments).arg("--json"))?;
        let status = child.exit(LONG).await?;
        let printed = child.output(Some(Stream::Stdout)).join("\n");
        let Ok(value) = serde_json::from_str(&printed) else {
            let said = child.output(None).join("\n");
            bail!(
                "studyhall {} ended with {status}: {said}",
                arguments.join(" ")
            );
        };
        Ok((status.code(), value))
    }

    /// Starts server and worker, and waits until they are ready.
    ///
    /// # Errors
    /// When they are not.
    pub async fn start(&self) -> anyhow::Result<Running> {
        let mut command = self.command();
        let mut child = Child::spawn(command.args(["--port", "0"]))?;
        let line = child.line("is ready", SOON).await?;
        let url = line.split(" at ").nth(1).context("it says no address")?;
        let url = url.trim().to_owned();
        Ok(Running { child, url })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            let is_ours = |name: &str| name.starts_with(PREFIX) || SERVERS.contains(&name);
            if name.to_str().is_some_and(is_ours) {
                command.env_remove(name);
            }
        }
        let Databases { primary, replica } = &self.databases;
        for (name, url) in SERVERS.into_iter().zip([primary, replica]) {
            command.envs(url.as_ref().map(|url| (name, url)));
        }
        command
            .current_dir(self.folder.path())
            // What one person does here in a minute, others do in a day.
            .env("STUDYHALL_RATE_LIMITS", "off")
            // We are the proxy that says who signs in from where.
            .env("STUDYHALL_TRUSTED_PROXIES", "127.0.0.1")
            .env("STUDYHALL_LOG_LEVEL", "warn");
        command
    }
}

impl Running {
    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it ended before, or does not end well.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.signal(Signal::TERM)?;
        let status = self.child.exit(SOON).await?;
        if !status.success() {
            bail!(
                "studyhall ended with {status}: {:#?}",
                self.child.output(None)
            );
        }
        Ok(())
    }
}
