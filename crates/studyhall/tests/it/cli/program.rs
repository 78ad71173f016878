//! Runs the real program, in a folder of its own and without the environment of the test run.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use twinbase_testkit::process::{Child, Ended, Signal};

/// How long anything may take on a loaded machine.
pub(crate) const SOON: Duration = Duration::from_mins(3);

/// What would change what the program does.
const VARIABLES: [&str; 25] = [
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "MONGODB_URL",
    "MONGODB_URL_FILE",
    "NO_COLOR",
    "PORT",
    "STUDYHALL_BACKLOG_CAP",
    "STUDYHALL_BACKUP_DIR",
    "STUDYHALL_CONFIG",
    "STUDYHALL_DATA_DIR",
    "STUDYHALL_HEARTBEAT",
    "STUDYHALL_HOST",
    "STUDYHALL_LOG_FORMAT",
    "STUDYHALL_LOG_LEVEL",
    "STUDYHALL_METRICS_LISTEN",
    "STUDYHALL_METRICS_OPEN",
    "STUDYHALL_METRICS_TOKEN",
    "STUDYHALL_METRICS_TOKEN_FILE",
    "STUDYHALL_RATE_LIMITS",
    "STUDYHALL_RETENTION",
    "STUDYHALL_SECURE_COOKIES",
    "STUDYHALL_SESSION_LIFETIME",
    "STUDYHALL_TEST",
    "STUDYHALL_TEST_CLOCK",
    "STUDYHALL_TRUSTED_PROXIES",
];

/// A place from which the program is run, with what it is told by the environment.
pub(crate) struct Place {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("studyhall-").tempdir();
        Self {
            folder: folder.unwrap(),
            variables: Vec::new(),
        }
    }

    /// The same with a variable in the environment.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file of the embedded replica.
    pub(crate) fn documents(&self) -> std::path::PathBuf {
        self.path().join("studyhall-data/documents.db")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_studyhall"));
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// Runs it to its end, which must be a success, and reads its data.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        ended.expect(0, &[]);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Starts a service and waits until it is ready.
    pub(crate) async fn start(&self, arguments: &[&str]) -> Running {
        let command = &mut self.command(&[arguments, &["--port", "0"]].concat());
        let mut child = Child::spawn(command).unwrap();
        let line = child.line("is ready", SOON).await.unwrap();
        let url = line.split(" at ").nth(1).unwrap_or_default().to_owned();
        Running { child, url }
    }
}

impl Running {
    /// Reads JSON from a path.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        answer.json().await.unwrap()
    }

    /// Writes JSON to a path; answers JSON.
    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let mut request = reqwest::Client::new()
            .post(format!("{}{path}", self.url))
            .json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Signs up a new user and answers a session's token.
    pub(crate) async fn session(&self, username: &str) -> String {
        let user = serde_json::json!({
            "username": username, "email": format!("{username}@example.org"), "password": "correct horse",
        });
        self.post("/api/v1/users", None, &user).await;
        let login = serde_json::json!({ "username": username, "password": "correct horse" });
        let session = self.post("/api/v1/login", None, &login).await;
        session["token"].as_str().unwrap().to_owned()
    }

    /// Asks it to stop, which must be a success.
    pub(crate) async fn stop(mut self) {
        self.child.signal(Signal::TERM).unwrap();
        let status = self.child.exit(SOON).await.unwrap();
        assert_eq!(status.code(), Some(0), "{:#?}", self.child.output(None));
    }
}
