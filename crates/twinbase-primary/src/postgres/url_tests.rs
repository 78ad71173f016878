//! URLs: defaults of TLS, and that a password is never repeated.

use super::*;

fn parse(url: &str) -> Result<Target, PrimaryError> {
    Target::parse(url, &Options::default())
}

#[test]
fn certificates_are_verified_unless_the_server_is_on_this_machine_or_the_url_says_otherwise() {
    let file = Roots::File("/ca.pem".into());
    for (rest, mode, roots) in [
        ("u@db.example/x", SslMode::VerifyFull, Roots::Public),
        ("u@10.0.0.1:26257/x", SslMode::VerifyFull, Roots::Public),
        ("localhost,db.example/x", SslMode::VerifyFull, Roots::Public),
        (
            "u@localhost/x?hostaddr=10.0.0.1",
            SslMode::VerifyFull,
            Roots::Public,
        ),
        ("u@localhost/x", SslMode::Prefer, Roots::Public),
        ("u@127.0.0.2/x", SslMode::Prefer, Roots::Public),
        ("u@%2Fvar%2Frun/x", SslMode::Prefer, Roots::Public),
        ("h/x?sslmode=disable", SslMode::Disable, Roots::Public),
        ("h/x?sslmode=require", SslMode::Require, Roots::Public),
        (
            "u@localhost/x?sslmode=require&sslrootcert=%2Fca.pem",
            SslMode::VerifyCa,
            file,
        ),
        ("h/x?sslrootcert=system", SslMode::VerifyFull, Roots::System),
    ] {
        for scheme in ["postgres", "cockroach"] {
            let tls = parse(&format!("{scheme}://{rest}")).unwrap().tls;
            assert_eq!((tls.mode, &tls.roots), (mode, &roots), "{rest}");
        }
    }
}

#[test]
fn a_location_has_neither_user_nor_password() {
    let target = parse("postgres://user:secret@a:1,b:2/db?schema=app&connect_timeout=3").unwrap();
    assert_eq!(target.location, "a:1,b:2/db");
    assert_eq!(target.search_path.as_deref(), Some("app"));
}

#[test]
fn the_size_of_the_pool_can_be_in_the_url() {
    for (query, size) in [
        ("", None),
        ("?max_connections=32", Some(32)),
        ("?sslmode=disable&connection_limit=5", Some(5)),
    ] {
        let target = parse(&format!("postgres://localhost/db{query}")).unwrap();
        assert_eq!(target.max_connections, size, "{query}");
    }
}

#[test]
fn a_wrong_url_is_refused_without_repeating_its_password() {
    for url in [
        "mysql://user:secret@host/db",
        "postgres://user:secret@host:port/db",
        "postgres://user:secret@host/db?sslmode=secret",
        "postgres://user:secret@host/db?secret=1&sslmode=disable",
        "postgres://user:secret@host/db?connect_timeout=secret",
        "postgres://user:secret@host/db?sslcert=secret",
        "postgres://user:secret@host/db?max_connections=secret",
        "postgres://user:secret@host/db?max_connections=0",
        "postgres://user:secret@host/db?connection_limit=-1",
        "postgres://user:secret@host/db?sslrootcert=system&sslmode=verify-ca",
        "postgres://",
        "postgres:///db",
    ] {
        let error = parse(url).map(|_| ()).unwrap_err();
        assert!(
            matches!(error, PrimaryError::Refused { .. }),
            "{url}: {error}"
        );
        // A parameter's name is repeated: it is what a person has to correct.
        let shown = format!("{error} {error:?}").replace("`secret`", "");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
