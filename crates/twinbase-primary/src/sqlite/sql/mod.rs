//! The statements whose text does not depend on an application's tables.

/// What is in each file, for whoever runs it and for the test that prepares all.
macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) const $name: &str = include_str!($file);)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    ANY_CHARGED = "any_charged.sql";
    BUMP_HEAD = "bump_head.sql";
    CHARGE = "charge.sql";
    COLLECTIONS = "collections.sql";
    FORGET_HEAD = "forget_head.sql";
    HEAD = "head.sql";
    HEADS = "heads.sql";
    HEAL = "heal.sql";
    INSERT_EVENT = "insert_event.sql";
    MAPPINGS = "mappings.sql";
    MARK_APPLIED = "mark_applied.sql";
    PENDING = "pending.sql";
    RETIRE = "retire.sql";
    STATUS = "status.sql";
    STATUS_BY_TYPE = "status_by_type.sql";
    UNAPPLIED = "unapplied.sql";
}

#[cfg(test)]
mod tests;
