//! Faults that the server itself makes: MongoDB's `failCommand` fail point.

use std::env;
use std::fs::{File, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bson::{Document, doc};

use super::database::admin;
use crate::servers::{cleanup, environment};
use crate::wait;

/// Longer than any test holds a fail point.
const TURN: Duration = Duration::from_mins(1);

/// A fail point that is on; dropping it turns it off.
pub struct FailPoint {
    server_url: String,
    // Held to the end of the drop: the next test may set its own only then.
    _turn: File,
}

impl FailPoint {
    /// Turns it on for the clients with this `appName`, or for all clients of the server.
    pub(super) async fn set(server_url: &str, app_name: Option<&str>, point: Document) -> Self {
        let set = Self::try_set(server_url, app_name, point).await;
        set.unwrap_or_else(|error| panic!("cannot set a fail point: {error:#}"))
    }

    async fn try_set(
        server_url: &str,
        app_name: Option<&str>,
        mut point: Document,
    ) -> anyhow::Result<Self> {
        if let Some(app_name) = app_name {
            let data = point.entry("data").or_insert_with(|| doc! {}.into());
            data.as_document_mut()
                .context("`data` of a fail point is a document")?
                .insert("appName", app_name);
        }
        let mut command = doc! { "configureFailPoint": "failCommand" };
        command.extend(point);
        command.entry("mode").or_insert_with(|| "alwaysOn".into());
        let turn = turn(server_url).await?;
        let set = admin(server_url, command).await;
        set.context("configureFailPoint")?;
        Ok(Self {
            server_url: server_url.to_owned(),
            _turn: turn,
        })
    }
}

impl Drop for FailPoint {
    fn drop(&mut self) {
        let url = self.server_url.clone();
        cleanup::run("turn a fail point off", async move || {
            let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
            admin(&url, off).await.map(drop)
        });
    }
}

/// Waits for the fail point of this server; test processes share it, so the lock is a file's.
async fn turn(server_url: &str) -> anyhow::Result<File> {
    let mut hasher = DefaultHasher::new();
    server_url.hash(&mut hasher);
    let scratch = environment::value(environment::SCRATCH);
    let scratch = scratch.map_or_else(env::temp_dir, PathBuf::from);
    let path = scratch.join(format!("twinbase-fail-point-{:016x}", hasher.finish()));
    let file = File::create(&path).with_context(|| format!("open {}", path.display()))?;
    let look = async || match file.try_lock() {
        Ok(()) => Ok(Ok(())),
        Err(TryLockError::WouldBlock) => Err("another test has a fail point"),
        Err(TryLockError::Error(error)) => Ok(Err(error)),
    };
    let taken = wait::within(TURN, look).await.map_err(anyhow::Error::msg)?;
    taken.with_context(|| format!("lock {}", path.display()))?;
    Ok(file)
}
