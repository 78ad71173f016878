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

/// Who runs it, as it is kept with what they do: `grace@host-1, command line`.
pub fn person() -> String {
    let parts = [user(), machine().map(|machine| format!("@{machine}"))];
    let who: String = parts.into_iter().flatten().collect();
    if who.is_empty() {
        "command line".to_owned()
    } else {
        format!("{who}, command line")
    }
}

/// The environment's name; services and containers have none, and are known by their number or its name.
fn user() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .or_else(by_number)
}

#[cfg(unix)]
fn by_number() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let number = std::fs::metadata("/proc/self").ok()?.uid();
    let all = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(name_of(number, &all).unwrap_or_else(|| format!("user {number}")))
}

#[cfg(not(unix))]
fn by_number() -> Option<String> {
    None
}

/// The name of a user in the form of `/etc/passwd`.
#[cfg_attr(not(unix), expect(dead_code, reason = "there are no numbers of users"))]
fn name_of(number: u32, all: &str) -> Option<String> {
    let number = number.to_string();
    let named = all.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == number).then(|| name.to_owned())
    });
    named.filter(|name| !name.is_empty())
}

fn machine() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok());
    let name = name.or_else(|| std::env::var("COMPUTERNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_name_in_the_environment_is_known_by_number() {
        let all = "root:x:0:0:root:/root:/bin/bash\n# a comment\ngrace:x:1000:1000::/srv/grace:/bin/sh\n:x:7:7::/:/bin/sh\n";
        assert_eq!(name_of(1000, all).as_deref(), Some("grace"));
        assert_eq!(name_of(0, all).as_deref(), Some("root"));
        for number in [7, 99] {
            assert_eq!(name_of(number, all), None);
        }
    }

    #[test]
    fn who_did_it_says_that_it_was_the_command_line() {
        assert!(person().ends_with("command line"), "{}", person());
    }
}
