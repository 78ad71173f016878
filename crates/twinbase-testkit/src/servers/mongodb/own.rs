//! A MongoDB server that one test has for itself, to kill, pause and start again.

use std::time::Duration;

use tempfile::TempDir;

use super::Recipe;
use crate::process::{Child, Signal};
use crate::servers::{environment, folder, port, reach};
use crate::wait;

const START: Duration = Duration::from_mins(1);

/// A private server on a port of its own; what it has acknowledged survives [`OwnMongo::kill`].
pub struct OwnMongo {
    // Declared before the folder: the server goes first.
    server: Option<Child>,
    folder: TempDir,
    recipe: Recipe,
    port: u16,
}

impl OwnMongo {
    /// Starts a server in the way that `cargo xtask test` found; `None` in an `--embedded` run.
    ///
    /// # Panics
    /// When there is no way and this is not an `--embedded` run, or when it does not come up.
    pub async fn start() -> Option<Self> {
        let text = environment::required(environment::MONGODB_COMMAND, "a private MongoDB server")?;
        let started = async { Self::launch(&Recipe::from_json(&text)?).await };
        let server = started.await;
        Some(server.unwrap_or_else(|error| panic!("cannot start a MongoDB server: {error:#}")))
    }

    /// Starts a server by `recipe` on a free port.
    ///
    /// # Errors
    /// When it does not come up, with its last lines.
    pub async fn launch(recipe: &Recipe) -> anyhow::Result<Self> {
        let mut own = Self {
            server: None,
            folder: folder("mongodb")?,
            recipe: recipe.clone(),
            port: 0,
        };
        port::start(async |port| {
            own.port = port;
            own.try_start().await
        })
        .await?;
        Ok(own)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("mongodb://127.0.0.1:{}/", self.port)
    }

    /// Whether its fail points know `afterApply`, the command that runs and whose answer is lost: the test server's do.
    pub fn can_lose_answers(&self) -> bool {
        self.recipe.is_test_server()
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut server = self
            .server
            .take()
            .expect("a killed server cannot be killed");
        server.kill().expect("a process of ours can be killed");
    }

    /// Starts it on the same port and data, after [`OwnMongo::kill`].
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_again(&mut self) {
        if let Err(error) = self.try_start().await {
            panic!("cannot start the MongoDB server again: {error:#}");
        }
    }

    /// Pauses it: connections stay open and nothing answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pause(&mut self) {
        let server = self.running();
        server
            .signal(Signal::STOP)
            .expect("a running process can be paused");
        let id = server.pid().expect("a running process has an id");
        // A thread that runs on another processor may answer once more before the signal reaches it.
        while has_running_thread(id.as_raw_nonzero().get()) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it go on after [`OwnMongo::pause`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn resume(&mut self) {
        self.running()
            .signal(Signal::CONT)
            .expect("a paused process can go on");
    }

    fn running(&mut self) -> &mut Child {
        self.server.as_mut().expect("the server was killed")
    }

    async fn try_start(&mut self) -> anyhow::Result<()> {
        self.server = None;
        let mut command = self.recipe.command(self.port, self.folder.path());
        let mut server = Child::spawn_with(&mut command, Some(self.folder.path()))?;
        let url = self.url();
        let ready = wait::within(START, async || {
            if let Ok(Some(status)) = server.try_wait() {
                return Ok(Err(anyhow::anyhow!(
                    "it ended ({status}):\n{}",
                    server.output(None).join("\n")
                )));
            }
            reach(&url).await.map(Ok)
        });
        ready.await.map_err(anyhow::Error::msg)??;
        self.server = Some(server);
        Ok(())
    }
}

/// Whether a thread of this process is not stopped, where the system says so (Linux).
fn has_running_thread(process: i32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return false;
    };
    threads.flatten().any(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ")
            .is_some_and(|(_, fields)| !fields.starts_with('T'))
    })
}
