//! The name of the program that runs, so that a hint can be typed as it is shown; and of who runs it.

use std::{path::Path, sync::LazyLock};

use clap::Command;

/// What stands for the name in the help of commands that any program can have.
const PLACEHOLDER: &str = "{program}";

static NAME: LazyLock<String> = LazyLock::new(|| {
    let called = std::env::args().next().unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match name.to_str() {
        Some(name) if !name.is_empty() && name.chars().all(plain) => name.to_owned(),
        _ => "twinbase".to_owned(),
    }
});

/// The name of the file that runs.
pub fn name() -> &'static str {
    &NAME
}

/// Who runs it, as it is kept with what they do.
pub fn person() -> String {
    let user = ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    let user = user.filter(|user| !user.is_empty());
    user.map_or_else(
        || "command line".to_owned(),
        |user| format!("{user}, command line"),
    )
}

/// Reads the arguments of this process; wrong ones end it with exit code 2, and help with 0.
pub fn parse<A: clap::Parser>() -> A {
    let mut command = describe::<A>();
    let matches = command.get_matches_mut();
    A::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

/// The description of a command line, with the program's name in its examples.
pub fn describe<A: clap::CommandFactory>() -> Command {
    let command = A::command();
    let name = command.get_name().to_owned();
    named(command, &name)
}

fn named(command: Command, name: &str) -> Command {
    let examples = command.get_after_long_help().map(ToString::to_string);
    let command = match examples {
        Some(text) => command.after_long_help(text.replace(PLACEHOLDER, name)),
        None => command,
    };
    command.mut_subcommands(|below| named(below, name))
}
