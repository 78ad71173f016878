//! Several statements sent as one message: one transaction and one round trip.
//!
//! The server runs all of it whatever becomes of the sender, so a process that
//! is stopped in the middle holds no lock: with `begin` and `commit` sent one by
//! one it would keep every other worker waiting. Such a message takes no
//! parameters, so they are written into the text as quoted literals.

use std::fmt::Write as _;

use twinbase_core::primary::PrimaryKind;

/// Statements that are run as one transaction.
pub(super) struct Script {
    text: String,
}

impl Script {
    /// An empty one. What it does is known to others at once and need not be on
    /// disk: a crash of the server ends every lease anyway.
    pub(super) fn new(kind: PrimaryKind) -> Self {
        let text = match kind {
            PrimaryKind::Postgres | PrimaryKind::Sqlite => "set local synchronous_commit = off;\n",
            PrimaryKind::Cockroach => "",
        };
        Self {
            text: text.to_owned(),
        }
    }

    /// Appends a statement whose `$1`, `$2`, ... are these texts.
    pub(super) fn then(mut self, statement: &str, params: &[&str]) -> Self {
        for line in statement.lines().filter(|line| !line.starts_with("--")) {
            self.line(line, params);
            self.text.push('\n');
        }
        self.text.push_str(";\n");
        self
    }

    /// The whole message.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn line(&mut self, line: &str, params: &[&str]) {
        let mut parts = line.split('$');
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = part.split_at(digits);
            let at = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            match at.and_then(|at| params.get(at)) {
                Some(param) => literal(&mut self.text, param),
                None => {
                    // Fails loudly on the server: there is no such parameter.
                    let _ = write!(self.text, "${number}");
                }
            }
            self.text.push_str(rest);
        }
    }
}

/// Quotes a text. PostgreSQL stores no NUL.
fn literal(out: &mut String, text: &str) {
    out.push('\'');
    out.push_str(&text.replace('\0', "").replace('\'', "''"));
    out.push('\'');
}

/// A list of texts as the literal of an array.
pub(super) fn array<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let quoted = |item: T| {
        let text = item.to_string().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{text}\"")
    };
    let items: Vec<String> = items.into_iter().map(quoted).collect();
    format!("{{{}}}", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_literal_whatever_is_in_it() {
        let script = Script::new(PrimaryKind::Cockroach).then(
            "-- $1: a name\nselect $1::text, $2::text[],\n  $10",
            &["it's $2\n; drop", &array(["a\"b", "c\\d'"])],
        );
        assert_eq!(
            script.text(),
            "select 'it''s $2\n; drop'::text, '{\"a\\\"b\",\"c\\\\d''\"}'::text[],\n  $10\n;\n"
        );
    }
}
