//! How a private MongoDB server is started: a command line with places for what is only known then.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::launcher::MAIN;

const PORT: &str = "{port}";
const DATA: &str = "{data}";

/// A program and its arguments, with `{port}` and `{data}` in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe(Vec<String>);

impl Recipe {
    /// MongoDB's own server. Fail points are a test command, which it refuses unless told otherwise.
    pub fn mongod(program: &Path) -> Self {
        Self::new([
            &program.to_string_lossy(),
            "--port",
            PORT,
            "--dbpath",
            DATA,
            "--bind_ip",
            "127.0.0.1",
            "--quiet",
            "--setParameter",
            "enableTestCommands=1",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
        ])
    }

    /// Any other, from its program and arguments.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self(argv.into_iter().map(Into::into).collect())
    }

    /// Whether this is the project's own launcher.
    pub(super) fn is_test_server(&self) -> bool {
        self.0.iter().any(|argument| argument == MAIN)
    }

    /// Reads the form that [`Recipe::to_json`] writes.
    ///
    /// # Errors
    /// When it is not a JSON array of strings, or an empty one, or one that leaves no choice of the port.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        let argv: Vec<String> =
            serde_json::from_str(text).context("read the command of the MongoDB server")?;
        let has_port = argv.iter().skip(1).any(|argument| argument.contains(PORT));
        anyhow::ensure!(
            has_port,
            "the command of the MongoDB server has no {PORT} in it: {text}"
        );
        Ok(Self(argv))
    }

    /// A JSON array.
    pub fn to_json(&self) -> String {
        serde_json::Value::from(self.0.clone()).to_string()
    }

    pub(super) fn command(&self, port: u16, data: &Path) -> Command {
        let (port, data) = (port.to_string(), data.to_string_lossy());
        let mut filled = self
            .0
            .iter()
            .map(|argument| argument.replace(PORT, &port).replace(DATA, &data));
        let mut command = Command::new(filled.next().unwrap_or_default());
        command.args(filled);
        command
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Recipe;

    #[test]
    fn the_places_of_a_command_are_filled_when_it_is_started() {
        let recipe = Recipe::new(["server", "--port", "{port}", "--file", "{data}/x y"]);
        assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
        let command = recipe.command(4711, Path::new("a b"));
        let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
        assert_eq!(arguments, ["--port", "4711", "--file", "a b/x y"]);
    }

    #[test]
    fn a_command_that_cannot_work_is_refused() {
        for text in ["", "{}", "[]", r#"["mongod"]"#, r#"["mongod", 1]"#] {
            assert!(Recipe::from_json(text).is_err(), "{text}");
        }
    }
}
