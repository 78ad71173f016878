//! The ways to a PostgreSQL server.

use anyhow::Context as _;
use twinbase_testkit::servers::container::Engine;
use twinbase_testkit::servers::environment::{self, POSTGRES_URL};
use twinbase_testkit::servers::postgres::{Durability, Installation, LocalCluster};
use twinbase_testkit::servers::reach;

use super::{Missing, Provided, debian};

const IMAGE: &str = "docker.io/library/postgres:17";

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
        format!("set {POSTGRES_URL}"),
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
    match in_container().await {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note("start Docker or Podman", &error),
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

async fn in_container() -> anyhow::Result<Provided> {
    let engine = Engine::find()?;
    // While the image prepares its data, its server listens on a socket alone.
    let ready = ["pg_isready", "--host", "127.0.0.1"];
    let password = [("POSTGRES_PASSWORD", "twinbase")];
    let container = engine.run(IMAGE, 5432, &password, &ready).await?;
    let url = format!(
        "postgres://postgres:twinbase@127.0.0.1:{}/postgres",
        container.port()
    );
    let line = format!("PostgreSQL, a container of {IMAGE}");
    Ok(Provided::new(line, vec![(POSTGRES_URL, url)]).kept_by(container))
}
