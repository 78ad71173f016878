//! What every process that is killed works on.

use std::path::PathBuf;

use clap::Args;
use twinbase::Twinbase;

use crate::{app, progress::Progress};

/// Both databases, and where it shows that it lives.
#[derive(Args)]
pub(crate) struct Place {
    /// The primary's URL.
    primary: String,
    /// The replica's URL.
    replica: String,
    /// Where to note what is done.
    progress: PathBuf,
}

impl Place {
    pub(super) async fn open(&self) -> anyhow::Result<(Twinbase, Progress)> {
        let twin = app::open(&self.primary, &self.replica).await?;
        Ok((twin, Progress::open(&self.progress)?))
    }
}
