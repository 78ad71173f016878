//! URLs that are wrong, or that the server does not like.

use tokio::{io::AsyncWriteExt as _, net::TcpListener};
use twinbase_core::{Disposition, Replica as _, ReplicaError};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::servers::{MongoDb, port};

use super::impatient;

/// The server's host and port.
fn server() -> Option<String> {
    let server = MongoDb::from_env()?;
    let rest = server.url.split_once("://").unwrap().1;
    let authority = rest.split(['/', '?']).next().unwrap();
    Some(authority.rsplit('@').next().unwrap().to_owned())
}

async fn refused(url: &str) -> String {
    let mongo = Mongo::connect(url, Options::default()).await.unwrap();
    let error = mongo.ping().await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Operator, "{error:?}");
    format!("{error:?} {error}")
}

#[tokio::test]
async fn a_user_that_the_server_does_not_accept_is_for_a_person_to_mend() {
    let Some(server) = server() else { return };
    let text = refused(&format!("mongodb://nobody:s3cret@{server}/notes")).await;
    assert!(text.contains("user") && !text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn tls_with_a_server_that_has_none_is_for_a_person_to_mend() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            connection.write_all(b"this is not TLS").await.ok();
        }
    });
    let url = format!("mongodb://127.0.0.1:{port}/notes?tls=true&serverSelectionTimeoutMS=1000");
    let text = refused(&url).await;
    plain.abort();
    assert!(text.contains("TLS"), "{text}");
}

#[tokio::test]
async fn no_password_is_in_an_error_a_location_or_a_debug_text() {
    let port = port::free().unwrap();
    let url = format!("mongodb://user:s3cret@127.0.0.1:{port}/notes?authSource=admin");
    let mongo = Mongo::connect(&url, impatient()).await.unwrap();
    assert_eq!(
        mongo.location(),
        format!("mongodb://127.0.0.1:{port}/notes")
    );
    let error = mongo.ping().await.unwrap_err();
    for text in [
        format!("{error:?}"),
        error.to_string(),
        format!("{mongo:?}"),
    ] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    for bad in [
        "mongodb://user:s3cret/x@h:1/db",
        "mongodb://user:s3cret@h:notaport/",
        "mongodb://user:s3cret@h/?w=-1",
        "postgres://user:s3cret@h/db",
    ] {
        let error = Mongo::connect(bad, Options::default()).await.unwrap_err();
        assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}
