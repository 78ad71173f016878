//! The statements whose text does not depend on an application's tables.

/// What is in each file, for whoever runs it and for the test that prepares all.
macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) const $name: &str = include_str!($file);)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    ANY_CHARGED = "any_charged.sql";
    BUMP_HEAD = "bump_head.sql";
    CHARGE = "charge.sql";
    FAILED_BY_TYPE = "failed_by_type.sql";
    FORGET_FIELDS = "forget_fields.sql";
    FORGET_HEAD = "forget_head.sql";
    HEAD = "head.sql";
    HEAL = "heal.sql";
    INSERT_EVENT = "insert_event.sql";
    MARK_APPLIED = "mark_applied.sql";
    NOW = "now.sql";
    OUTDATED = "outdated.sql";
    PENDING = "pending.sql";
    REGISTER_FIELDS = "register_fields.sql";
    REGISTER_MAPPING = "register_mapping.sql";
    RETIRE = "retire.sql";
    STATUS = "status.sql";
    UNAPPLIED = "unapplied.sql";
    UNKNOWN_MAPPINGS = "unknown_mappings.sql";
    WAITING_BY_TYPE = "waiting_by_type.sql";
}

#[cfg(test)]
mod tests;
