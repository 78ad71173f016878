//! Pausing and resuming workers, and what is paused as people write it.

use twinbase_core::primary::PauseScope;

use super::{Done, OperateError, Outbox, Task, scope};

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

impl Outbox {
    /// Pauses every worker, or one collection; it stays so across restarts until it is resumed. Workers
    /// notice within seconds, those of this process at once. A pause that is in force keeps its time and
    /// takes the new reason. Returns whether it is new.
    pub async fn pause(&self, what: &PauseScope, reason: &str) -> Result<bool, OperateError> {
        let registry = &self.sides.registry;
        if let PauseScope::Collection(name) = what
            && registry.by_collection(name).is_none()
        {
            let known: Vec<_> = registry.iter().map(|s| s.collection.as_ref()).collect();
            let known = known.join(", ");
            let name: String = name.chars().take(100).collect();
            let reason = format!("`{name}` is not a collection; there are {known}");
            return Err(OperateError::invalid("scope", reason));
        }
        let reason = scope::reason(reason)?;
        let is_new = self.sides.primary.pause(what, &reason).await?;
        self.signals.controls.notify();
        self.done("pause", what, Some(reason)).await;
        Ok(is_new)
    }

    /// Ends a pause. Returns whether there was one.
    pub async fn resume(&self, what: &PauseScope) -> Result<bool, OperateError> {
        // A pause may be older than the program: its collection need not be known.
        if let PauseScope::Collection(name) = what {
            scope::name("scope", name)?;
        }
        let was_there = self.sides.primary.resume(what).await?;
        self.signals.controls.notify();
        if was_there {
            self.done("resume", what, None).await;
        }
        Ok(was_there)
    }

    async fn done(&self, what: &str, scope: &PauseScope, reason: Option<String>) {
        let done = Done {
            what: what.to_owned(),
            about: scope_name(scope),
            reason,
            ..Done::default()
        };
        self.operations.note(Task::Done(done), &self.by).await;
    }
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
