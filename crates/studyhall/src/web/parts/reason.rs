//! Why something was refused, in the words of pages: a person knows of no header, method or key of a request.

use twinbase_web::{Code, Problem};

const WORDS: [(Code, &str); 5] = [
    (
        Code::NotFound,
        "We cannot find this. It may be gone, or not shared with you.",
    ),
    (
        Code::IdempotencyMismatch,
        "This was sent already. Send it again if you meant another one.",
    ),
    (
        Code::IdempotencyInProgress,
        "This is being sent right now. See in a moment whether it is there.",
    ),
    (Code::MethodNotAllowed, "There is no page at this address."),
    (
        Code::InvalidParameter,
        "A part of this address cannot be read. It may be cut off or mistyped.",
    ),
];

/// Why, in sentences.
pub(in crate::web) fn reason(problem: &Problem) -> String {
    let own = WORDS
        .into_iter()
        .find(|(code, _)| code.kind() == problem.kind());
    own.map_or(problem.detail(), |(_, words)| words).to_owned()
}
