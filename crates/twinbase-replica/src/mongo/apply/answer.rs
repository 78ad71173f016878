//! What the server answered to one `update` command, statement by statement.

use bson::{Bson, Document};

use super::Statement;
use crate::mongo::{
    codes::{self, Meaning},
    error::Failure,
    stored::number,
};

/// What the server said of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// It was carried out.
    Applied,
    /// A unique index stood in its way.
    Duplicate(Violated),
    /// Another writer stood in its way.
    Contended,
    /// Its document cannot be stored, by a code that stands for that alone.
    Refused(i32),
}

/// The index that stood in the way, as far as the server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Violated {
    /// The one on `_id`.
    Id,
    /// Another one, of this name or on these fields.
    Other(String),
    /// The server does not say.
    Unknown,
}

/// The replies to statements; an error is one of the command. A statement that is refused for a reason which is not known
/// to lie in its document makes the whole command an error: whatever of it was applied is applied again later.
pub(super) fn replies(
    answer: &Document,
    statements: &[Statement<'_>],
) -> Result<Vec<Reply>, Failure> {
    if let Ok(error) = answer.get_document("writeConcernError") {
        return Err(not_durable(error));
    }
    let mut replies = vec![Reply::Applied; statements.len()];
    let Ok(errors) = answer.get_array("writeErrors") else {
        return Ok(replies);
    };
    for error in errors.iter().filter_map(Bson::as_document) {
        let place = number(error, "index").and_then(|index| usize::try_from(index).ok());
        let statement = place.and_then(|place| statements.get(place).zip(replies.get_mut(place)));
        let (Some((statement, slot)), Some(code)) = (statement, number(error, "code")) else {
            return Err(Failure::Odd(
                "a write error without index or code".to_owned(),
            ));
        };
        *slot = reply(code, error, statement)?;
    }
    Ok(replies)
}

fn reply(code: i32, error: &Document, statement: &Statement<'_>) -> Result<Reply, Failure> {
    if code == codes::DUPLICATE_KEY {
        return Ok(Reply::Duplicate(violated(error)));
    }
    let name = error.get_str("codeName").unwrap_or_default();
    match codes::meaning(code) {
        Meaning::Contended => Ok(Reply::Contended),
        Meaning::Document(_) => Ok(Reply::Refused(code)),
        Meaning::Unknown | Meaning::Query | Meaning::TooMuch => Err(Failure::Operator(format!(
            "the server answered code {code} {name} for the document `{}`; its log says why. If only this document is \
             refused, discard its event or change its row",
            statement.id
        ))),
        Meaning::Away | Meaning::OutOfTime | Meaning::Operator(_) | Meaning::Lacking => {
            Err(Failure::of_code(code, name, ""))
        }
    }
}

fn not_durable(error: &Document) -> Failure {
    let code = number(error, "code").unwrap_or_default();
    let name = error.get_str("codeName").unwrap_or("write concern");
    match Failure::of_code(code, name, "") {
        refused @ (Failure::Operator(_) | Failure::Lacking { .. }) => refused,
        _ => Failure::Away(format!(
            "the write is not on a majority of the servers (code {code} {name})"
        )),
    }
}

/// MongoDB has `keyPattern`; its relatives only name the index in their text, before any value.
fn violated(error: &Document) -> Violated {
    if let Ok(pattern) = error.get_document("keyPattern") {
        let keys: Vec<&str> = pattern.keys().map(String::as_str).collect();
        return named(&keys.join(", "));
    }
    let text = error.get_str("errmsg").unwrap_or_default();
    let index = text
        .split_once("index: ")
        .or_else(|| text.split_once("Index '"));
    match index.and_then(|(_, rest)| rest.split([' ', '\'']).next()) {
        // Some servers write `database.collection.$name`.
        Some(index) => named(index.rsplit('$').next().unwrap_or(index)),
        None => Violated::Unknown,
    }
}

fn named(index: &str) -> Violated {
    match index {
        "_id" | "_id_" => Violated::Id,
        "" => Violated::Unknown,
        other => Violated::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};

    use twinbase_core::{AggregateId, Body, Change, Version};

    use super::{Failure, Reply, Statement, Violated};

    fn replies(answer: &Document, count: usize) -> Result<Vec<Reply>, Failure> {
        let change = |n| Change {
            id: AggregateId::new(format!("n{n}")).unwrap(),
            version: Version::new(2),
            body: Body::Document(doc! {}),
        };
        let changes: Vec<_> = (0..count).map(change).collect();
        let statement = |(n, change)| Statement::new(n, change).unwrap();
        let statements: Vec<_> = changes.iter().enumerate().map(statement).collect();
        super::replies(answer, &statements)
    }

    fn duplicate(more: Document) -> Violated {
        let mut error = doc! { "index": 0, "code": 11000 };
        error.extend(more);
        match replies(&doc! { "ok": 1, "writeErrors": [error] }, 1)
            .unwrap()
            .remove(0)
        {
            Reply::Duplicate(violated) => violated,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_index_is_recognised_in_every_servers_dialect() {
        let mongod = "E11000 duplicate key error collection: db.todos index: _id_ dup key: { _id: \"index: email\" }";
        let documentdb = "Duplicate key violation on the requested collection: Index '_id_'";
        let old = "E11000 duplicate key error index: db.todos.$_id_ dup key: { : 1 }";
        let email = "E11000 duplicate key error collection: db.users index: email_1 dup key: { email: \"_id_\" }";
        let other = |name: &str| Violated::Other(name.into());
        for (error, violated) in [
            (
                doc! { "keyPattern": { "_id": 1 }, "errmsg": mongod },
                Violated::Id,
            ),
            (doc! { "errmsg": mongod }, Violated::Id),
            (doc! { "errmsg": documentdb }, Violated::Id),
            (doc! { "errmsg": old }, Violated::Id),
            (doc! { "errmsg": email }, other("email_1")),
            (doc! { "keyPattern": { "email": 1 } }, other("email")),
            (doc! {}, Violated::Unknown),
        ] {
            assert_eq!(duplicate(error), violated);
        }
    }

    #[test]
    fn one_refused_statement_leaves_the_others_applied() {
        let answer = doc! { "ok": 1, "n": 2, "writeErrors": [{ "index": 1_i64, "code": 121.0 }] };
        assert_eq!(
            replies(&answer, 3).unwrap(),
            [Reply::Applied, Reply::Refused(121), Reply::Applied]
        );
    }

    #[test]
    fn a_write_that_is_not_durable_is_not_applied() {
        let answer = doc! { "ok": 1, "n": 1, "writeConcernError": { "code": 64, "codeName": "WriteConcernFailed" } };
        assert!(matches!(replies(&answer, 1), Err(Failure::Away(_))));
        let impossible = doc! { "ok": 1, "writeConcernError": { "code": 100 } };
        assert!(matches!(replies(&impossible, 1), Err(Failure::Operator(_))));
    }

    #[test]
    fn a_step_down_in_the_middle_is_nobodys_fault() {
        let answer = doc! { "ok": 1, "writeErrors": [{ "index": 0, "code": 11602 }] };
        assert!(matches!(replies(&answer, 2), Err(Failure::Away(_))));
    }

    #[test]
    fn a_refusal_that_is_not_known_to_lie_in_the_document_is_one_of_the_server() {
        for code in [2, 371, 14031, 999, 16_609] {
            let answer = doc! { "ok": 1, "writeErrors": [{ "index": 1, "code": code }] };
            assert!(
                matches!(replies(&answer, 2), Err(Failure::Operator(_))),
                "{code}"
            );
        }
        for code in [462, 63, 150, 13388] {
            let answer = doc! { "ok": 1, "writeErrors": [{ "index": 0, "code": code }] };
            assert!(
                matches!(replies(&answer, 1), Err(Failure::Away(_))),
                "{code}"
            );
        }
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_not_taken_for_success() {
        for error in [doc! { "index": 7, "code": 2 }, doc! { "index": 0 }] {
            let answer = doc! { "ok": 1, "writeErrors": [error] };
            assert!(matches!(replies(&answer, 1), Err(Failure::Odd(_))));
        }
    }
}
