//! The ways to a PostgreSQL server.

use anyhow::Context as _;
use twinbase_testkit::servers::environment::{self, POSTGRES_URL};
use twinbase_testkit::servers::postgres::{Durability, Installation, LocalCluster};
use twinbase_testkit::servers::reach;

use super::{Missing, Provided, debian};

/// A server for [`POSTGRES_URL`], where a container engine works.
const CONTAINER: &str = "docker run --rm -d -p 5432:5432 -e POSTGRES_PASSWORD=twinbase postgres:17";
const CONTAINER_URL: &str = "postgres://postgres:twinbase@127.0.0.1:5432/postgres";

pub(super) async fn provide() -> Result<Provided, Missing> {
    let mut missing = Missing::new("PostgreSQL");
    if let Some(url) = environment::value(POSTGRES_URL) {
        // Somebody chose this server: another one in its place would only confuse.
        return given(url).await.map_err(|error| {
            missing.note(
                format!("let {POSTGRES_URL} name a server whose user may create databases"),
                &error,
            );
            missing
        });
    }
    missing.note(
        format!("set {POSTGRES_URL}, to {CONTAINER_URL} after `{CONTAINER}`"),
        &anyhow::anyhow!("it is not set"),
    );
    match installed().await {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note(
            "install PostgreSQL's server programs (postgres, initdb)",
            &error,
        ),
    }
    // A server that is installed and does not start is not cured by installing it.
    if Installation::find().is_none() {
        match after_installing().await {
            Ok(provided) => return Ok(provided),
            Err(error) => missing.note(
                "run as root on Debian, which installs its package `postgresql`",
                &error,
            ),
        }
    }
    Err(missing)
}

async fn given(url: String) -> anyhow::Result<Provided> {
    reach(&url).await?;
    Ok(Provided::new(
        format!("PostgreSQL, the server of {POSTGRES_URL}"),
        vec![(POSTGRES_URL, url)],
    ))
}

async fn installed() -> anyhow::Result<Provided> {
    let installation =
        Installation::find().context("they are neither on the PATH nor where packages put them")?;
    let cluster = LocalCluster::start(&installation, Durability::ProcessCrash).await?;
    let version = installation.version().unwrap_or_default();
    let environment = vec![(POSTGRES_URL, cluster.url())];
    Ok(Provided::new(
        format!("PostgreSQL {version}, a temporary cluster"),
        environment,
    )
    .kept_by(cluster))
}

async fn after_installing() -> anyhow::Result<Provided> {
    debian::install(&["postgresql"])?;
    installed().await
}
