//! The lexer against texts that try to hide a word, or to invent one.

use super::*;

fn words(kind: PrimaryKind, text: &str) -> Vec<String> {
    tokens(kind, text)
        .unwrap()
        .into_iter()
        .filter_map(|token| match token.is {
            Is::Word(word) => Some(word),
            _ => None,
        })
        .collect()
}

fn check(kind: PrimaryKind, text: &str, expected: &[&str]) {
    assert_eq!(words(kind, text), expected, "{text}");
}

#[test]
fn words_inside_of_strings_names_and_comments_are_not_words() {
    for kind in [
        PrimaryKind::Postgres,
        PrimaryKind::Cockroach,
        PrimaryKind::Sqlite,
    ] {
        check(
            kind,
            "SELECT 'it''s delete' FROM \"drop \"\" x\"",
            &["select", "from"],
        );
        check(
            kind,
            "select 1 -- delete\n, a /* drop */ from t",
            &["select", "a", "from", "t"],
        );
    }
    check(
        PrimaryKind::Postgres,
        r"select E'\' delete ' , x",
        &["select", "x"],
    );
    check(
        PrimaryKind::Postgres,
        "select $$delete$$, $a$ $$ drop $a$, b",
        &["select", "b"],
    );
    check(
        PrimaryKind::Postgres,
        "select /* a /* b */ delete */ c",
        &["select", "c"],
    );
    check(
        PrimaryKind::Sqlite,
        "select [delete], `drop` from t",
        &["select", "from", "t"],
    );
}

#[test]
fn words_that_look_hidden_are_found() {
    check(
        PrimaryKind::Postgres,
        r"select '\' , delete",
        &["select", "delete"],
    );
    check(
        PrimaryKind::Postgres,
        "select a$$b, delete, c$$d",
        &["select", "a$$b", "delete", "c$$d"],
    );
    check(
        PrimaryKind::Postgres,
        "select name'x', delete",
        &["select", "name", "delete"],
    );
    check(
        PrimaryKind::Postgres,
        "select 1delete",
        &["select", "delete"],
    );
    check(
        PrimaryKind::Postgres,
        "select 1 --\rdelete",
        &["select", "delete"],
    );
    check(
        PrimaryKind::Postgres,
        "select $1delete",
        &["select", "delete"],
    );
    check(
        PrimaryKind::Cockroach,
        r"select b'\' ', x",
        &["select", "x"],
    );
    check(
        PrimaryKind::Sqlite,
        "select /* a /* b */ delete",
        &["select", "delete"],
    );
    check(
        PrimaryKind::Sqlite,
        "select [a] delete from b]",
        &["select", "delete", "from", "b"],
    );
    check(
        PrimaryKind::Sqlite,
        "select $$ delete $$",
        &["select", "delete"],
    );
}

#[test]
fn what_is_not_finished_is_refused() {
    for text in [
        "select 'a",
        "select \"a",
        "select /* a",
        "select $a$ b",
        "select E'\\'",
    ] {
        assert!(tokens(PrimaryKind::Postgres, text).is_err(), "{text}");
    }
    assert!(tokens(PrimaryKind::Sqlite, "select [a").is_err());
}
