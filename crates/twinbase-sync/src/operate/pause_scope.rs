//! What is paused, as people write it.

use twinbase_core::primary::PauseScope;

const EVERYTHING: &str = "everything";
const COLLECTION: &str = "collection:";

/// `everything`, or `collection:` and a name.
pub fn scope_name(scope: &PauseScope) -> String {
    match scope {
        PauseScope::Everything => EVERYTHING.to_owned(),
        PauseScope::Collection(name) => format!("{COLLECTION}{name}"),
    }
}

/// The scope of this name; `None` when it is none. Whether there is such a collection is not known here.
pub fn parse_scope(text: &str) -> Option<PauseScope> {
    if text == EVERYTHING {
        return Some(PauseScope::Everything);
    }
    let name = text.strip_prefix(COLLECTION)?;
    (!name.is_empty()).then(|| PauseScope::Collection(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_back_and_a_collection_named_everything_is_one() {
        for scope in [
            PauseScope::Everything,
            PauseScope::Collection("users".to_owned()),
            PauseScope::Collection("everything".to_owned()),
        ] {
            assert_eq!(parse_scope(&scope_name(&scope)), Some(scope));
        }
        for bad in ["", "users", "collection:", "Everything"] {
            assert_eq!(parse_scope(bad), None, "{bad}");
        }
    }
}
