//! What the page shows, as a value. A part that could not be read says so: it is
//! never shown as empty or as zero.

use std::time::Duration;

use twinbase::health::Thresholds;

/// Everything on the page.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// The program's version.
    pub(super) version: &'static str,
    /// When this was read, UTC.
    pub(super) as_of: String,
    /// Which colours the reader chose; else the system's.
    pub(super) theme: Option<&'static str>,
    /// The request, for reports of errors.
    pub(super) request_id: String,
    /// How the worker is.
    pub(super) worker: WorkerView,
    /// Both databases, the primary first.
    pub(super) places: [Place; 2],
    /// Where embedded databases lie, when there are any.
    pub(super) data_folder: Option<String>,
    /// How far the documents are behind; `None` when the primary did not say.
    pub(super) sync: Option<Sync>,
    /// Commands to try.
    pub(super) commands: Vec<Try>,
}

/// How something is, worst last. Always shown by a word and a sign as well as by a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Neither, or not known.
    Neutral,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
}

/// How the worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkerView {
    pub(super) mood: Mood,
    /// A word or two.
    pub(super) state: String,
    /// A sentence.
    pub(super) detail: String,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `Primary` or `Replica`.
    pub(super) side: &'static str,
    /// What it is for.
    pub(super) purpose: &'static str,
    /// Which database.
    pub(super) kind: &'static str,
    /// Where, without secrets.
    pub(super) location: String,
    /// How long it took to answer, or why it did not.
    pub(super) answer: Result<Duration, String>,
}

/// How far the documents are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sync {
    pub(super) lag: Duration,
    pub(super) backlog: u64,
    /// Whether the backlog was counted, and not estimated.
    pub(super) is_exact: bool,
    /// When the backlog will be empty, if it shrinks.
    pub(super) empty_in: Option<Duration>,
    pub(super) retrying: u64,
    pub(super) failed: u64,
    /// By which numbers these are judged.
    pub(super) thresholds: Thresholds,
}

/// A command to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Try {
    /// What it does.
    pub(super) what: &'static str,
    /// The line for a shell.
    pub(super) line: String,
}

/// The commands, for a server that is reached at `url` and was started as `program`.
pub(super) fn commands(url: &str, program: &str) -> Vec<Try> {
    let user = r#"{"username":"ada","email":"ada@example.com","password":"correct horse","showProfile":true,"todo":{"title":"Read chapter 3"}}"#;
    let login = r#"{"username":"ada","password":"correct horse"}"#;
    let json = "-H 'content-type: application/json'";
    let bearer = r#"-H "authorization: Bearer $TOKEN""#;
    let line = |what, line| Try { what, line };
    vec![
        line(
            "Sign up, with a first todo in the same transaction",
            format!("curl {url}/api/v1/users {json} -d '{user}'"),
        ),
        line(
            "Sign in",
            format!(
                "TOKEN=$(curl -s {url}/api/v1/login {json} -d '{login}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')"
            ),
        ),
        line(
            "Write something down",
            format!(
                "curl -i {url}/api/v1/todos {bearer} {json} -d '{{\"title\":\"Solve five exercises\"}}'"
            ),
        ),
        line(
            "Complete the newest todo, for a point",
            format!(
                "curl -X POST \"{url}/api/v1/todos/$(curl -s '{url}/api/v1/todos?limit=1' {bearer} | sed 's/^{{\"items\":\\[{{\"id\":\"\\([^\"]*\\)\".*/\\1/')/complete\" {bearer}"
            ),
        ),
        line("See the todos", format!("curl {url}/api/v1/todos {bearer}")),
        line(
            "See the leaderboard, from the document database",
            format!("curl -i {url}/api/v1/leaderboard"),
        ),
        line("Fill a community of fifty", format!("{program} demo")),
        line("Prove that both sides agree", format!("{program} verify")),
    ]
}

/// A span as people read it.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.is_zero() => "none".to_owned(),
        0 => format!("{:.1} ms", span.as_secs_f64() * 1_000.0),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}
