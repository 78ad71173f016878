//! Servers in containers, where an engine works.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use uuid::Uuid;

use super::{port, search};
use crate::process::Child;

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
    pub fn find() -> Option<Self> {
        let answers = |program: &PathBuf| {
            let mut info = Command::new(program);
            info.arg("info")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            info.status().is_ok_and(|status| status.success())
        };
        let found = ["docker", "podman"]
            .iter()
            .filter_map(|name| search::on_path(&[name]))
            .find(answers);
        found.map(|program| Self { program })
    }

    /// Runs `image` with its `inner` port on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the engine cannot be started; a failing image shows when the server does not answer.
    pub fn run(
        &self,
        image: &str,
        inner: u16,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Container> {
        let port = port::free().context("find a free port")?;
        let name = format!("twinbase-test-{}", Uuid::new_v4().simple());
        let mut command = Command::new(&self.program);
        command.args([
            "run",
            "--rm",
            "--name",
            &name,
            "--publish",
            &format!("127.0.0.1:{port}:{inner}"),
        ]);
        for (key, value) in environment {
            command.args(["--env", &format!("{key}={value}")]);
        }
        let client = Child::spawn_group(command.arg(image), None)?;
        Ok(Container {
            engine: self.clone(),
            name,
            port,
            client,
        })
    }
}

impl Container {
    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until `ready`, a command inside of it, succeeds; pulling the image is part of it.
    ///
    /// # Errors
    /// When the container ends or the deadline passes, with what it printed.
    pub async fn wait(&mut self, deadline: Duration, ready: &[&str]) -> anyhow::Result<()> {
        let client = &mut self.client;
        let waited = crate::wait::within(deadline, async || {
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
        match waited.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(state)) | Err(state) => {
                bail!(
                    "the container did not come up: {state}\n{}",
                    self.client.output(None).join("\n")
                )
            }
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let mut remove = Command::new(&self.engine.program);
        remove
            .args(["rm", "--force", &self.name])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        remove.status().ok();
    }
}
