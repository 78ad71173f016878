//! The ways to a MongoDB server, and to private ones that tests start, kill and start again.

use anyhow::Context as _;
use twinbase_testkit::servers::environment::{self, MONGODB_COMMAND, MONGODB_URL};
use twinbase_testkit::servers::mongodb::{Launcher, Recipe};
use twinbase_testkit::servers::{OwnMongo, reach, search};

use super::{Missing, Provided, debian};
use crate::workspace::Workspace;

/// A server for [`MONGODB_URL`], where a container engine works.
const CONTAINER: &str = "docker run --rm -d -p 27017:27017 mongo:8.0";
const CONTAINER_URL: &str = "mongodb://127.0.0.1:27017/?directConnection=true";
const JAVA_PACKAGES: [&str; 2] = ["openjdk-17-jdk-headless", "maven"];
const LAUNCHER_NAME: &str = "mongo-java-server 1.47.0";

pub(super) async fn provide(workspace: &Workspace) -> Result<Provided, Missing> {
    let mut missing = Missing::new("MongoDB");
    if let Some(url) = environment::value(MONGODB_URL) {
        // Somebody chose this server: another one in its place would only confuse.
        return given(url, workspace).await.map_err(|error| {
            missing.note(
                format!("let {MONGODB_URL} name a server, and have a way to start private ones"),
                &error,
            );
            missing
        });
    }
    missing.note(
        format!("set {MONGODB_URL}, to {CONTAINER_URL} after `{CONTAINER}`"),
        &anyhow::anyhow!("it is not set"),
    );
    match installed().await {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note("put `mongod` on the PATH", &error),
    }
    match in_java(workspace).await {
        Ok(provided) => return Ok(provided),
        Err(error) => missing.note(
            format!("install JDK 17 and Maven, for {LAUNCHER_NAME}"),
            &error,
        ),
    }
    // Java that is installed and fails is not cured by installing it.
    if !Launcher::missing_programs().is_empty() {
        match after_installing(workspace).await {
            Ok(provided) => return Ok(provided),
            Err(error) => {
                missing.note(
                    format!(
                        "run as root on Debian, which installs {}",
                        JAVA_PACKAGES.join(" and ")
                    ),
                    &error,
                );
            }
        }
    }
    Err(missing)
}

async fn given(url: String, workspace: &Workspace) -> anyhow::Result<Provided> {
    reach(&url).await?;
    let private = private_recipe(workspace).await?;
    let line = format!("MongoDB, the server of {MONGODB_URL}");
    Ok(Provided::new(
        line,
        vec![(MONGODB_URL, url), (MONGODB_COMMAND, private)],
    ))
}

async fn installed() -> anyhow::Result<Provided> {
    let mongod = search::on_path(&["mongod"]).context("it is not there")?;
    let recipe = Recipe::mongod(&mongod);
    let server = OwnMongo::launch(&recipe).await?;
    let line = format!("MongoDB, a temporary {}", mongod.display());
    Ok(Provided::new(line, environment(server.url(), recipe.to_json())).kept_by(server))
}

async fn in_java(workspace: &Workspace) -> anyhow::Result<Provided> {
    let launcher = launcher(workspace).await?;
    let server = OwnMongo::launch(&launcher.in_memory()).await?;
    let line = format!("{LAUNCHER_NAME}, which speaks as MongoDB");
    Ok(Provided::new(
        line,
        environment(server.url(), launcher.durable().to_json()),
    )
    .kept_by(server))
}

async fn after_installing(workspace: &Workspace) -> anyhow::Result<Provided> {
    debian::install(&JAVA_PACKAGES)?;
    in_java(workspace).await
}

fn environment(url: String, private: String) -> Vec<(&'static str, String)> {
    vec![(MONGODB_URL, url), (MONGODB_COMMAND, private)]
}

/// How tests start private servers where the shared one is not ours to stop.
async fn private_recipe(workspace: &Workspace) -> anyhow::Result<String> {
    if let Some(chosen) = environment::value(MONGODB_COMMAND) {
        return Ok(Recipe::from_json(&chosen)
            .with_context(|| format!("{MONGODB_COMMAND} is not usable"))?
            .to_json());
    }
    if let Some(mongod) = search::on_path(&["mongod"]) {
        return Ok(Recipe::mongod(&mongod).to_json());
    }
    let launcher = launcher(workspace).await;
    Ok(launcher
        .context("private servers need mongod, or Java and Maven")?
        .durable()
        .to_json())
}

async fn launcher(workspace: &Workspace) -> anyhow::Result<Launcher> {
    Launcher::prepare(
        &workspace.root.join("testserver"),
        &workspace.target.join("testserver"),
    )
    .await
}
