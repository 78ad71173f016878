//! The fixed statements, one a file.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*

        /// The fixed statements with the names of their files, so that a test can prepare each.
        #[doc(hidden)]
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    CHARGE = "charge";
    HEAL = "heal";
    MARK_APPLIED = "mark_applied";
    PENDING = "pending";
    PING = "ping";
    REGISTER_FIELDS = "register_fields";
    RELEASE_FIELDS = "release_fields";
    SERVER_VERSION = "server_version";
    STATUS = "status";
    UNAPPLIED = "unapplied";
}
