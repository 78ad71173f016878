//! What people see of a URL: hosts and database, never user, password or parameters.

use twinbase_core::ReplicaError;

/// `mongodb://host:port/database`.
pub(super) fn location(url: &str, database: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("mongodb", url));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    // Everything before the last `@` is user and password, even when a password contains one.
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{hosts}/{database}")
}

/// The error for a URL that the driver does not accept.
pub(super) fn refused(url: &str, error: &mongodb::error::Error) -> ReplicaError {
    // A `/` or `:` that is not encoded turns a part of the password into a "host" or "port", which the driver's message
    // would quote.
    let reason = if url.contains('@') {
        "it is not a MongoDB URL; special characters in user and password must be percent-encoded"
            .to_owned()
    } else {
        error.kind.to_string()
    };
    ReplicaError::Refused {
        operation: "read the URL of MongoDB",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::location;

    #[test]
    fn a_location_has_no_user_password_or_parameters() {
        for (url, expected) in [
            ("mongodb://h:1", "mongodb://h:1/db"),
            (
                "mongodb://u:p%40@h:1,i:2/x?replicaSet=r",
                "mongodb://h:1,i:2/db",
            ),
            ("mongodb+srv://u:a@b@h/?w=1", "mongodb+srv://h/db"),
            ("mongodb://u:p@h?authSource=secret", "mongodb://h/db"),
        ] {
            assert_eq!(location(url, "db"), expected);
        }
    }
}
