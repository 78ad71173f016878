//! Changes that an application writes in SQL itself: checked to be one change of the table they claim.

use twinbase_core::{Operation, PrimaryError, Table, primary::PrimaryKind};

use super::{
    change::STATEMENT,
    check, guard,
    lexer::{Is, Token},
};

/// A statement that has been checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked {
    /// The text, without a final semicolon or `returning *`.
    pub(super) text: String,
    /// The name by which the table is known inside of it.
    pub(super) alias: String,
    /// The number of its last parameter; always 0 on SQLite, which is not looked at.
    pub(super) parameters: usize,
}

/// Checks that `sql` is one statement, that it changes `table`, and that it
/// does what the events say.
pub(super) fn statement(
    kind: PrimaryKind,
    table: &Table,
    operation: Operation,
    sql: &str,
) -> Result<Checked, PrimaryError> {
    let (_, mut tokens) = guard::single(kind, STATEMENT, sql)?;
    strip_returning_all(&mut tokens);
    if tokens.iter().any(|token| token.is_word("returning")) {
        return Err(refused(
            "it has a `returning` clause; the rows are answered anyway",
        ));
    }
    let verb = tokens.first().and_then(Token::word).unwrap_or_default();
    match (verb, operation) {
        ("insert", Operation::Created | Operation::Updated)
        | ("update", Operation::Updated)
        | ("delete", Operation::Deleted) => {}
        _ => {
            return Err(refused(format!(
                "a `{verb}` does not write `{}` events",
                operation.suffix()
            )));
        }
    }
    let at = match verb {
        "update" => 1 + usize::from(tokens.get(1).is_some_and(|token| token.is_word("only"))),
        _ => 2 + usize::from(tokens.get(2).is_some_and(|token| token.is_word("only"))),
    };
    let introduced = match verb {
        "insert" => tokens.get(1).is_some_and(|token| token.is_word("into")),
        "delete" => tokens.get(1).is_some_and(|token| token.is_word("from")),
        _ => true,
    };
    let (name, next) = target(&tokens, at).ok_or_else(|| refused("it names no table"))?;
    if !introduced || name != table.name {
        return Err(refused(format!("it does not change `{}`", table.name)));
    }
    let alias = alias(&tokens, next).unwrap_or(table.name).to_owned();
    refuse_other_changes(&tokens[at..])?;
    let (first, last) = (tokens[0].start, tokens[tokens.len() - 1].end);
    Ok(Checked {
        text: sql[first..last].to_owned(),
        alias,
        parameters: parameters(kind, sql, &tokens),
    })
}

/// The highest `$n`. Parameters of our own follow it, so one that has no value
/// must not be taken for one of them.
fn parameters(kind: PrimaryKind, sql: &str, tokens: &[Token]) -> usize {
    if kind == PrimaryKind::Sqlite {
        return 0;
    }
    let number = |token: &Token| sql[token.start..token.end].strip_prefix('$')?.parse().ok();
    tokens
        .iter()
        .filter(|token| token.is == Is::Value)
        .filter_map(number)
        .max()
        .unwrap_or(0)
}

fn refused(reason: impl Into<String>) -> PrimaryError {
    check::statement(STATEMENT, reason)
}

fn strip_returning_all(tokens: &mut Vec<Token>) {
    if let [.., returning, star] = tokens.as_slice()
        && returning.is_word("returning")
        && star.is == Is::Symbol('*')
    {
        tokens.truncate(tokens.len() - 2);
    }
}

/// The table at `at`, past a schema in front of it, and the place after it.
fn target(tokens: &[Token], mut at: usize) -> Option<(&str, usize)> {
    while tokens
        .get(at + 1)
        .is_some_and(|token| token.is == Is::Symbol('.'))
    {
        at += 2;
    }
    Some((tokens.get(at)?.name()?, at + 1))
}

/// What follows a table's name when it is not an alias.
const CLAUSES: &[&str] = &[
    "set",
    "where",
    "using",
    "values",
    "select",
    "default",
    "with",
    "on",
    "overriding",
    "table",
    "order",
    "limit",
    "from",
    "indexed",
    "not",
];

fn alias(tokens: &[Token], at: usize) -> Option<&str> {
    let token = tokens.get(at)?;
    if token.is_word("as") {
        return tokens.get(at + 1)?.name();
    }
    match &token.is {
        Is::Quoted(name) => Some(name),
        Is::Word(word) if !CLAUSES.contains(&word.as_str()) => Some(word),
        Is::Word(_) | Is::Value | Is::Symbol(_) => None,
    }
}

/// Other changes inside of this one would have no events. `on conflict do ..` is part of it.
fn refuse_other_changes(tokens: &[Token]) -> Result<(), PrimaryError> {
    let mut rest: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut after_do = false;
    for token in tokens {
        let is_do = token.is_word("do");
        if !(is_do || after_do && token.is_word("update")) {
            rest.push(token.clone());
        }
        after_do = is_do;
    }
    guard::refuse_changes(STATEMENT, &rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODOS: Table = Table::new("todos", &[]);

    fn check(operation: Operation, sql: &str) -> Result<(String, String), String> {
        statement(PrimaryKind::Postgres, &TODOS, operation, sql)
            .map(|checked| (checked.text, checked.alias))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_change_of_the_table_is_taken() {
        for (operation, sql, text, alias) in [
            (
                Operation::Updated,
                "update todos set a = 1;",
                "update todos set a = 1",
                "todos",
            ),
            (
                Operation::Updated,
                "UPDATE only public.Todos t set a = 1",
                "UPDATE only public.Todos t set a = 1",
                "t",
            ),
            (
                Operation::Deleted,
                "delete from \"todos\" as \"T\" using u where true returning *",
                "delete from \"todos\" as \"T\" using u where true",
                "T",
            ),
            (
                Operation::Created,
                "insert into todos (a) select a from b",
                "insert into todos (a) select a from b",
                "todos",
            ),
            (
                Operation::Updated,
                "insert into todos values ('x') on conflict (id) do update set a = 'update'",
                "insert into todos values ('x') on conflict (id) do update set a = 'update'",
                "todos",
            ),
        ] {
            assert_eq!(
                check(operation, sql),
                Ok((text.to_owned(), alias.to_owned()))
            );
        }
    }

    #[test]
    fn the_last_parameter_is_found_and_nothing_else_is_taken_for_one() {
        for (sql, last) in [
            ("update todos set a = $1 where b = $12 and c = $2", 12),
            ("update todos set a = '$7', b = $x$ $8 $x$ -- $9", 0),
        ] {
            let found = statement(PrimaryKind::Postgres, &TODOS, Operation::Updated, sql).unwrap();
            assert_eq!(found.parameters, last, "{sql}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (operation, sql) in [
            (Operation::Updated, "update users set a = 1"),
            (Operation::Updated, "update todos.users set a = 1"),
            (Operation::Updated, "update \"Todos\" set a = 1"),
            (Operation::Deleted, "update todos set a = 1"),
            (Operation::Created, "delete from todos"),
            (
                Operation::Updated,
                "update todos set a = 1; delete from users",
            ),
            (Operation::Updated, "update todos set a = 1 returning id"),
            (
                Operation::Updated,
                "with x as (delete from users returning 1) update todos set a = 1",
            ),
            (
                Operation::Created,
                "insert into todos with x as (delete from users returning 1) select * from x",
            ),
            (Operation::Deleted, "delete todos"),
            (Operation::Updated, "update"),
            (Operation::Updated, ""),
            (Operation::Deleted, "truncate todos"),
        ] {
            assert!(check(operation, sql).is_err(), "{sql}");
        }
    }
}
