//! Times of SQLite, which has no type for them: one of the forms that programs write, as the one that we do.

/// A whole number is milliseconds since 1970, and a time without a zone is UTC. What is no time stays what it is, so that
/// its event fails visibly.
macro_rules! time {
    ($kept:literal) => {
        concat!(
            "case when {column} glob '",
            $kept,
            "' then {column} when cast(cast({column} as integer) as text) = cast({column} as text) \
             then coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000.0, 'unixepoch'), {column}) \
             else coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', {column}), {column}) end"
        )
    };
}

/// A time for a payload: whatever is RFC 3339 in UTC is taken as it is written.
pub(super) const SQLITE_TIME: &str = time!("????-??-??T*Z");

/// A time that compares with others: in the one form whose texts sort as times do.
pub(crate) const SQLITE_TIME_IN_ORDER: &str = time!("????-??-??T??:??:??.???Z");
