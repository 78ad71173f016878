//! Only reads may be free-form: a change outside of a `Write` would have no event.

use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::{
    check,
    lexer::{Is, Token, tokens},
};

/// Words that change something. As names of columns they have to be quoted.
const CHANGING: &[&str] = &[
    "insert", "update", "delete", "merge", "upsert", "truncate", "create", "alter", "drop", "copy",
    "call", "do", "grant", "revoke", "into", "vacuum", "attach", "pragma", "reindex", "lock",
];

/// What a read begins with.
const READING: &[&str] = &["select", "with", "values", "table"];

/// The text of one plain `select` (or `values`, or `with .. select`), without a final semicolon.
///
/// A function that changes something can still be called by name: that is as
/// far as looking at a text goes.
pub(crate) fn plain_select<'a>(
    kind: PrimaryKind,
    operation: &'static str,
    sql: &'a str,
) -> Result<&'a str, PrimaryError> {
    let (text, tokens) = single(kind, operation, sql)?;
    let first = tokens.iter().find(|token| token.is != Is::Symbol('('));
    if !first.is_some_and(|token| READING.iter().any(|word| token.is_word(word))) {
        return Err(check::statement(
            operation,
            "only a plain `select` may be given as SQL",
        ));
    }
    refuse_changes(operation, &tokens)?;
    Ok(text)
}

/// Refuses every word that changes something, but for the `update` of `for update`.
pub(super) fn refuse_changes(
    operation: &'static str,
    tokens: &[Token],
) -> Result<(), PrimaryError> {
    for (at, token) in tokens.iter().enumerate() {
        let Some(word) = token.word().filter(|word| CHANGING.contains(word)) else {
            continue;
        };
        let before = at.checked_sub(1).and_then(|at| tokens[at].word());
        let two_before = at.checked_sub(2).and_then(|at| tokens[at].word());
        let locks = word == "update"
            && (before == Some("for") || (before == Some("key") && two_before == Some("no")));
        if !locks {
            return Err(check::statement(
                operation,
                format!("`{word}` changes something; if it is a name, quote it"),
            ));
        }
    }
    Ok(())
}

/// The text and tokens of a single statement, without a final semicolon.
pub(super) fn single<'a>(
    kind: PrimaryKind,
    operation: &'static str,
    sql: &'a str,
) -> Result<(&'a str, Vec<Token>), PrimaryError> {
    if sql.contains('\0') {
        return Err(check::statement(
            operation,
            "the SQL contains the character NUL",
        ));
    }
    let mut tokens =
        tokens(kind, sql).map_err(|error| check::statement(operation, error.to_string()))?;
    while tokens
        .last()
        .is_some_and(|token| token.is == Is::Symbol(';'))
    {
        tokens.pop();
    }
    if tokens.iter().any(|token| token.is == Is::Symbol(';')) {
        return Err(check::statement(operation, "it is more than one statement"));
    }
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Err(check::statement(operation, "there is no statement"));
    };
    Ok((&sql[first.start..last.end], tokens))
}

impl Token {
    /// The keyword or unquoted name that this is.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.is {
            Is::Word(word) => Some(word),
            Is::Quoted(_) | Is::Value | Is::Symbol(_) => None,
        }
    }

    /// Whether this is that keyword.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    /// The name that this is, quoted or not.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.is {
            Is::Word(name) | Is::Quoted(name) => Some(name),
            Is::Value | Is::Symbol(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(sql: &str) -> bool {
        plain_select(PrimaryKind::Postgres, "query", sql).is_ok()
    }

    #[test]
    fn plain_reads_are_allowed() {
        for sql in [
            "select 1",
            " (select a from b) union all values (1);",
            "with a as (select 1) select * from a where b = 'delete';",
            "select * from a for update",
            "select * from a for no key update skip locked",
            "select \"update\", replace(a, 'x', 'y') from b -- drop",
        ] {
            assert!(allowed(sql), "{sql}");
        }
    }

    #[test]
    fn whatever_changes_something_is_refused() {
        for sql in [
            "",
            ";",
            "-- nothing",
            "delete from a",
            "with a as (delete from b returning *) select * from a",
            "WITH a AS (Insert INTO b values (1) returning *) select * from a",
            "select * into b from a",
            "select 1; select 2",
            "select 1; drop table a",
            "explain analyze delete from a",
            "select * from [delete from a returning *]",
            "/* select */ truncate a",
            "(((update a set b = 1)))",
            "begin",
            "set a = 1",
            "do $$ begin end $$",
            "select 'a\0b'",
            "select 'a",
            "select /* /* */ 1",
            "select $x$ 1",
        ] {
            assert!(!allowed(sql), "{sql}");
        }
    }
}
