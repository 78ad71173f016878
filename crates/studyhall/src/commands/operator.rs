//! `studyhall operator`: who may inspect events and act on them over HTTP.

use clap::Subcommand;
use serde_json::json;
use studyhall::domain::{
    Error, Operator,
    commands::{add_operator, remove_operator},
    queries::{Person, operators},
};

use twinbase::{
    Twinbase,
    operate::{Done, Task},
};
use twinbase_cli::program;

use super::visit;
use crate::{
    config::Config,
    terminal::{Exit, Failure, Output, table, text::one_line},
};

/// What `operator` does.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorAction {
    /// Make a user an operator.
    #[command(after_long_help = "\
Examples:
  studyhall operator add ada
  studyhall operator add ada@example.org

An operator sees the payloads of all events, personal data included.")]
    Add {
        /// The user's name or e-mail address.
        user: String,
    },
    /// Take the role from a user, at once.
    #[command(after_long_help = "\
Example:
  studyhall operator remove ada")]
    Remove {
        /// The user's name or e-mail address.
        user: String,
    },
    /// List the operators.
    #[command(after_long_help = "\
Examples:
  studyhall operator list
  studyhall operator list --json | jq -r '.items[].username'")]
    List,
}

pub(super) async fn run(
    config: &Config,
    output: Output,
    action: OperatorAction,
) -> Result<Exit, Failure> {
    let twin = &visit(config).await?;
    match action {
        OperatorAction::Add { user } => {
            let now = twin.sides().clock.now();
            let added = add_operator(twin, &user, now).await;
            let (person, is_new) = added.map_err(|error| explain(&error, &user))?;
            let text = if is_new {
                "is an operator now"
            } else {
                "is an operator already"
            };
            if is_new {
                note(twin, "operator.add", &person).await;
            }
            told(output, &person, true, is_new, text)?;
        }
        OperatorAction::Remove { user } => {
            let removed = remove_operator(twin, &user).await;
            let (person, was_one) = removed.map_err(|error| explain(&error, &user))?;
            let text = if was_one {
                "is not an operator any more"
            } else {
                "was not an operator"
            };
            if was_one {
                note(twin, "operator.remove", &person).await;
            }
            told(output, &person, false, was_one, text)?;
        }
        OperatorAction::List => {
            let found = operators(twin).await;
            let found = found.map_err(|error| explain(&error, ""))?;
            output.data(&json!({ "items": found }), &found, || show(&found))?;
        }
    }
    twin.close().await;
    Ok(Exit::Done)
}

/// Keeps who did it, to whom by their id: a name would outlive its person there, and what names an id goes with them.
async fn note(twin: &Twinbase, what: &str, person: &Person) {
    let done = Done {
        what: what.to_owned(),
        about: person.id.to_string(),
        ..Done::default()
    };
    let operations = &twin.outbox().operations;
    operations.note(Task::Done(done), &program::person()).await;
}

fn told(
    output: Output,
    person: &Person,
    operator: bool,
    changed: bool,
    text: &str,
) -> Result<(), Failure> {
    let whole = json!({
        "userId": person.id, "username": person.username, "email": person.email,
        "operator": operator, "changed": changed,
    });
    output.data(&whole, std::slice::from_ref(&whole), || {
        one_line(&format!("{} ({}) {text}.", person.username, person.email))
    })
}

fn show(operators: &[Operator]) -> String {
    if operators.is_empty() {
        return "There are no operators. Add one with `studyhall operator add USER`.".to_owned();
    }
    let row = |operator: &Operator| {
        let since = operator.added_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        [
            one_line(&operator.username),
            one_line(&operator.email),
            since,
        ]
    };
    table(["user", "e-mail", "since"], operators.iter().map(row))
}

fn explain(error: &Error, user: &str) -> Failure {
    match error {
        Error::NotFound { .. } => Failure::new(
            one_line(&format!("there is no user {user}")),
            "Use the name or e-mail address of somebody who has signed up.",
        ),
        Error::Primary(error) => Failure::of(error, error.remedy()),
        other => Failure::of(other, "Correct the cause above, then try again."),
    }
}
