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
    BURY_WORKERS = "bury_workers.sql";
    CHARGE = "charge.sql";
    COUNT_DEATHS = "count_deaths.sql";
    DISCARD_EVENT = "discard_event.sql";
    END_WORKERS = "end_workers.sql";
    FAILED_BY_TYPE = "failed_by_type.sql";
    FINISHED = "finished.sql";
    FORGET_FIELDS = "forget_fields.sql";
    FORGET_HEAD = "forget_head.sql";
    GROUPS = "groups.sql";
    HEAD = "head.sql";
    HEAL = "heal.sql";
    INSERT_EVENT = "insert_event.sql";
    LEASE_TIMES = "lease_times.sql";
    LEASES = "leases.sql";
    LIVING = "living.sql";
    MARK_APPLIED = "mark_applied.sql";
    NOW = "now.sql";
    OUTDATED = "outdated.sql";
    PAUSE = "pause.sql";
    PAUSE_REASON = "pause_reason.sql";
    PAUSES = "pauses.sql";
    PAYLOAD = "payload.sql";
    PENDING = "pending.sql";
    RECORD = "record.sql";
    REGISTER_FIELDS = "register_fields.sql";
    REGISTER_MAPPING = "register_mapping.sql";
    RELEASE_LEASES = "release_leases.sql";
    RELEASE_STARTED = "release_started.sql";
    RELEASE_SUSPECTED = "release_suspected.sql";
    REMOVE_DEAD_WORKERS = "remove_dead_workers.sql";
    REMOVE_WORKER = "remove_worker.sql";
    REPORT_WORKER = "report_worker.sql";
    RESTORE_EVENT = "restore_event.sql";
    RESUME = "resume.sql";
    RETIRE = "retire.sql";
    RETRY_EVENT = "retry_event.sql";
    SET_LEASE = "set_lease.sql";
    STARTED = "started.sql";
    STATUS = "status.sql";
    SUSPECTS = "suspects.sql";
    SWEEP_SUSPECTS = "sweep_suspects.sql";
    UNAPPLIED = "unapplied.sql";
    UNKNOWN_MAPPINGS = "unknown_mappings.sql";
    WAITING_BY_TYPE = "waiting_by_type.sql";
    WORKERS = "workers.sql";
}

#[cfg(test)]
mod tests;
