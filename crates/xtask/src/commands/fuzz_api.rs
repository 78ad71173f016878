//! `cargo xtask fuzz-api`: schemathesis against a started Studyhall, from its OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use twinbase_testkit::process::Child;

use super::{interrupt::unless_interrupted, runner};
use crate::workspace::Workspace;

/// What is installed; a newer one may know checks that nobody has looked at here.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// How long the program may take to start.
const SOON: Duration = Duration::from_mins(1);

/// How long installing may take.
const INSTALLED: Duration = Duration::from_mins(10);

/// What would end the session that everything is asked with, or fill the disk.
const LEFT_ALONE: &str = "/(account/(delete|password)|logout|backup/full)$";

/// Nothing of these can be promised: what a schema allows can still be refused by a rule.
const EXCLUDED_CHECKS: &str = "positive_data_acceptance";

/// Read from the folder it runs in. What a schema forbids is refused with 413 where it is too large as well.
const SETTINGS: &str = r#"
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "5xx"]
"#;

/// Signs a user up and in, and prints the session's token. The name is that of the operator.
const SIGN_UP: &str = r#"
import json, sys, urllib.request
def post(path, body):
    request = urllib.request.Request(sys.argv[1] + path, json.dumps(body).encode(), {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request))
post("/api/v1/users", {"username": "fuzz", "email": "fuzz@example.org", "password": "correct horse battery"})
print(post("/api/v1/login", {"username": "fuzz", "password": "correct horse battery"})["token"])
"#;

/// Send a started Studyhall requests that its OpenAPI document allows and some that it does not, and check that none is
/// answered with 500 or otherwise than the document says.
///
/// Needs Python 3 and, the first time, the network: schemathesis is installed below `target`. Exits with 1 when there is
/// a finding; the requests that show it are printed.
#[derive(Args)]
pub(crate) struct Arguments {
    /// For how many minutes.
    #[arg(long, default_value_t = 5, value_name = "N")]
    minutes: u64,
    /// The seed of an earlier run.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only paths that match this regular expression.
    #[arg(long, value_name = "PATTERN")]
    path: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(fuzz(arguments, &workspace))
}

async fn fuzz(arguments: &Arguments, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let target = &workspace.target;
    let tools = install(&target.join("fuzz-api")).await?;
    let mut build = workspace.cargo();
    // With the features of the whole workspace, as the tests have it: the same dependencies are not built twice.
    build.args([
        "build",
        "--locked",
        "--quiet",
        "--workspace",
        "--bin",
        "studyhall",
    ]);
    let scratch = tempfile::tempdir().context("make a folder for the databases")?;
    if !runner::run(build, scratch.path()).await?.success() {
        bail!("studyhall does not build");
    }
    fs::write(scratch.path().join("schemathesis.toml"), SETTINGS).context("write its settings")?;
    let program = target.join("debug/studyhall");
    let studyhall = || {
        let mut command = Command::new(&program);
        command
            .current_dir(scratch.path())
            .env_remove("DATABASE_URL")
            .env_remove("MONGODB_URL")
            .env("STUDYHALL_RATE_LIMITS", "off")
            .env("STUDYHALL_LOG_LEVEL", "warn");
        command
    };
    let mut server = Child::spawn(studyhall().args(["--port", "0"]))?;
    let line = server.line("is ready", SOON).await?;
    let url = line.split(" at ").nth(1).context("it says no address")?;
    let mut sign_up = Command::new(tools.join("python"));
    let token = Child::run(sign_up.args(["-c", SIGN_UP, url]), None, SOON).await?;
    Child::run(studyhall().args(["operator", "add", "fuzz"]), None, SOON).await?;
    let mut command = Command::new(tools.join("schemathesis"));
    command
        .args(["run", &format!("{url}/api/openapi.json")])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", token.trim()),
        ])
        .args(["--max-time", &(arguments.minutes * 60).to_string()])
        .args(["--exclude-path-regex", LEFT_ALONE])
        .args(["--checks", "all", "--exclude-checks", EXCLUDED_CHECKS])
        .args(["--suppress-health-check", "all", "--continue-on-failure"])
        .args(["--warnings", "off"])
        .current_dir(scratch.path());
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(pattern) = &arguments.path {
        command.args(["--include-path-regex", pattern]);
    }
    let code = runner::run_to_code(command, scratch.path()).await?;
    if server.try_wait()?.is_some() {
        bail!("studyhall ended: {:#?}", server.output(None));
    }
    Ok(code)
}

/// The folder with `python` and `schemathesis`; says what is missing where it cannot be made.
async fn install(folder: &Path) -> anyhow::Result<PathBuf> {
    let tools = folder.join("venv/bin");
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == SCHEMATHESIS) {
        return Ok(tools);
    }
    fs::create_dir_all(folder).context("make target/fuzz-api")?;
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(folder.join("venv"));
    Child::run(&mut venv, None, INSTALLED).await.context(
        "make a virtual environment: install Python 3.10 or newer with its module venv (on Debian the package python3-venv)",
    )?;
    let mut pip = Command::new(tools.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", SCHEMATHESIS]);
    Child::run(&mut pip, None, INSTALLED).await.with_context(|| {
        format!("install {SCHEMATHESIS} from PyPI: this needs the network once, or an index that PIP_INDEX_URL names")
    })?;
    fs::write(stamp, SCHEMATHESIS).context("note what is installed")?;
    Ok(tools)
}
