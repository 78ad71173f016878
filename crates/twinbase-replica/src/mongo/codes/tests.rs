//! The table against the server's own list of codes.

use super::{Meaning, meaning};

/// `code name categories`, as in the `error_codes.yml` of MongoDB's master branch, without those of stream processors.
const SERVER_CODES: &str = include_str!("server_codes.txt");

/// Categories whose codes say that the same call may succeed later.
const PASSING: [&str; 9] = [
    "Network",
    "NotPrimary",
    "Shutdown",
    "Retriable",
    "Overloaded",
    "StaleShard",
    "Retarget",
    "Snapshot",
    "Interruption",
];

fn listed() -> impl Iterator<Item = (i32, &'static str, Vec<&'static str>)> {
    SERVER_CODES.lines().map(|line| {
        let mut words = line.split(' ');
        let code = words.next().unwrap().parse().unwrap();
        (code, words.next().unwrap(), words.collect())
    })
}

#[test]
fn only_the_named_codes_of_the_server_are_a_documents_fault() {
    let faults: Vec<_> = listed()
        .filter(|(code, ..)| matches!(meaning(*code), Meaning::Document(_)))
        .map(|(_, name, _)| name)
        .collect();
    assert_eq!(
        faults,
        [
            "Overflow",
            "InvalidBSON",
            "DollarPrefixedFieldName",
            "InvalidIdField",
            "InvalidDBRef",
            "EmptyFieldName",
            "DottedFieldName",
            "DocumentValidationFailure",
            "CannotIndexParallelArrays",
            "CannotBuildIndexKeys",
            "NonConformantBSON",
            "BSONObjectTooLarge",
            "DuplicateKey",
            "OBSOLETE_KeyTooLong",
        ]
    );
}

#[test]
fn what_the_server_itself_calls_passing_is_waited_for() {
    for (code, name, categories) in listed() {
        let passing = categories.iter().any(|of| PASSING.contains(of));
        let waits = matches!(meaning(code), Meaning::Away | Meaning::OutOfTime);
        assert!(!passing || waits, "{code} {name}: {:?}", meaning(code));
    }
}

#[test]
fn every_code_is_classified_and_an_unknown_one_is_a_state_of_the_server() {
    assert_eq!(listed().count(), 459);
    for code in 1..4_000 {
        if listed().all(|(listed, ..)| listed != code) {
            assert_eq!(meaning(code), Meaning::Unknown, "{code}");
        }
    }
    for code in [-1, 0, 473, 489, 999, i32::MIN] {
        assert_eq!(meaning(code), Meaning::Unknown, "{code}");
    }
    // A place in the source that nobody has listed: a reader's query at most, never a document.
    for code in [4_000, 16_609, 40_324, i32::MAX] {
        assert_eq!(meaning(code), Meaning::Query, "{code}");
    }
}

#[test]
fn the_states_of_a_server_in_trouble_have_their_remedies() {
    for code in [371, 14031, 13, 61, 100] {
        assert!(matches!(meaning(code), Meaning::Operator(_)), "{code}");
    }
    for code in [63, 150, 13388, 249, 433, 449, 450, 462, 365, 11601] {
        assert_eq!(meaning(code), Meaning::Away, "{code}");
    }
}
