//! Servers in containers, where an engine works.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use uuid::Uuid;

use super::{port, search};
use crate::process::Child;

/// Pulling the image is part of it.
const START: Duration = Duration::from_mins(5);

/// Docker or Podman, reachable and working.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
}

/// A running container; removed when it is dropped.
pub struct Container {
    engine: Engine,
    name: String,
    port: u16,
    // The engine's client in the foreground: its lines explain a failed start.
    client: Child,
}

impl Engine {
    /// The first engine that answers; a client without its daemon does not count.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> anyhow::Result<Self> {
        let programs = ["docker", "podman"].map(|name| search::on_path(&[name]));
        let engines = programs.into_iter().flatten();
        let mut engines = engines.map(|program| Self { program }).peekable();
        ensure!(engines.peek().is_some(), "neither is installed");
        engines
            .find(|engine| engine.succeeds(&["info"]))
            .context("it is installed, but it does not answer")
    }

    /// Runs `image` with its `inner` port on a free port of 127.0.0.1, and waits until `ready`, a command inside of it,
    /// succeeds.
    ///
    /// # Errors
    /// When it does not come up, with what it printed.
    pub async fn run(
        &self,
        image: &str,
        inner: u16,
        environment: &[(&str, &str)],
        ready: &[&str],
    ) -> anyhow::Result<Container> {
        let port = port::free().context("find a free port")?;
        let name = format!("twinbase-test-{}", Uuid::new_v4().simple());
        let mut command = Command::new(&self.program);
        command.args(["run", "--rm", "--name", &name]);
        command.args(["--publish", &format!("127.0.0.1:{port}:{inner}")]);
        for (key, value) in environment {
            command.args(["--env", &format!("{key}={value}")]);
        }
        let mut container = Container {
            engine: self.clone(),
            name,
            port,
            client: Child::spawn(command.arg(image))?,
        };
        container.wait(ready).await?;
        Ok(container)
    }

    /// Runs a command to its end without its output.
    fn succeeds(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Container {
    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    async fn wait(&mut self, ready: &[&str]) -> anyhow::Result<()> {
        let client = &mut self.client;
        let waited = crate::wait::within(START, async || {
            if let Ok(Some(status)) = client.try_wait() {
                return Ok(Err(format!("it ended ({status})")));
            }
            let mut command = tokio::process::Command::new(&self.engine.program);
            command.arg("exec").arg(&self.name).args(ready);
            match command.output().await {
                Ok(output) if output.status.success() => Ok(Ok(())),
                Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                Err(error) => Err(error.to_string()),
            }
        });
        waited.await.flatten().map_err(|state| {
            let printed = self.client.output(None).join("\n");
            anyhow!("the container did not come up: {state}\n{printed}")
        })
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.engine.succeeds(&["rm", "--force", &self.name]);
    }
}
