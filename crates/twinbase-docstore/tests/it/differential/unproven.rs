//! What the server of the tests cannot prove: operators that it has not got or gets wrong, by name and with the reason.
//! They stand on the tables of `tests/it/tables` alone. The contract prints this list.

/// Reason and operators: `name` alone in any place.
const UNPROVEN: &[(&str, &[&str])] = &[];

/// Each reason with its operators.
pub(crate) fn by_reason() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    UNPROVEN
        .iter()
        .map(|(reason, names)| (*reason, names.to_vec()))
}
