//! The settings as a page of documentation.

use std::fmt::Write as _;

use super::{Setting, Settings};

/// A page in Markdown: a table, and below it what does not fit into a line.
pub(super) fn of<C: Settings>(program: &str) -> String {
    let mut page = format!(
        "# Settings of {program}\n\n\
        A flag wins over the environment, that over the file, that over the default. `{program} config show --origin` prints\n\
        every setting and where it came from. The file is `{}`, or the one that `--config` or `{}` names.\n\n\
        | key in the file | flag | environment | default | what it is |\n|---|---|---|---|---|\n",
        C::FILE,
        C::FILE_VARIABLE,
    );
    for setting in C::TABLE {
        let Setting { name, variable, .. } = setting;
        let default = match setting.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let (flag, summary) = (setting.flag(), setting.summary());
        let summary = summary.trim_end_matches(':');
        let _ = writeln!(
            page,
            "| `{name}` | `{flag}` | `{variable}` | {default} | {summary}. |"
        );
    }
    page.push_str(
        "\n## More about some of them\n\nA setting that may hold a secret can also be read from a file.\n",
    );
    for setting in C::TABLE {
        let details = setting.details();
        if details.is_empty() && !setting.secret {
            continue;
        }
        let _ = write!(page, "\n### `{}`\n", setting.name);
        if let (Some(key), Some(variable)) = (setting.file_key(), setting.file_variable()) {
            let _ = write!(
                page,
                "\n`{key}` and `{variable}` name a file that holds it.\n"
            );
        }
        if !details.is_empty() {
            let _ = write!(page, "\n{details}\n");
        }
    }
    page
}
