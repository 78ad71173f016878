//! libpq's modes of TLS against a server that shows a certificate for `localhost`.
//!
//! The server speaks just enough of the protocol to get to the login, which it
//! refuses: an answer about the password is one that came through TLS, or around it.
//! The key in `certificates` is of use to nobody: its authority's key was thrown away.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use twinbase_core::PrimaryError;
use twinbase_primary::postgres::{Options, Postgres};

const SERVER: &[u8] = include_bytes!("certificates/server.pem");
const KEY: &[u8] = include_bytes!("certificates/server.key.pem");

/// What the server does with a request for TLS.
#[derive(Clone, Copy)]
enum Offers {
    /// It has it.
    Tls,
    /// It has it and takes no login without.
    OnlyTls,
    /// It has not.
    Nothing,
}

/// Starts a server; its port.
fn serve(offers: Offers) -> u16 {
    let certificate = CertificateDer::from_pem_slice(SERVER).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that does not like the certificate hangs up.
            let _ = answer(stream, offers, &config);
        }
    });
    port
}

fn answer(mut stream: TcpStream, offers: Offers, config: &Arc<ServerConfig>) -> io::Result<()> {
    let first = message(&mut stream)?;
    // The request for TLS is a startup message with this number for a version.
    if first[..4] != 80_877_103_u32.to_be_bytes() {
        return refuse(
            &mut stream,
            match offers {
                Offers::OnlyTls => "28000",
                Offers::Tls | Offers::Nothing => "28P01",
            },
            "without",
        );
    }
    match offers {
        Offers::Nothing => {
            stream.write_all(b"N")?;
            message(&mut stream)?;
            refuse(&mut stream, "28P01", "without")
        }
        Offers::Tls | Offers::OnlyTls => {
            stream.write_all(b"S")?;
            let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            message(&mut stream)?;
            refuse(&mut stream, "28P01", "through")
        }
    }
}

fn message(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut rest = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4)];
    stream.read_exact(&mut rest)?;
    Ok(rest)
}

fn refuse(stream: &mut impl Write, code: &str, how: &str) -> io::Result<()> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0Mlogin refused {how} TLS\0\0");
    let length = u32::try_from(fields.len() + 4).map_err(io::Error::other)?;
    stream.write_all(b"E")?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(fields.as_bytes())?;
    stream.flush()
}

/// How far a connection gets: `through` TLS, `without` it, or why not at all.
async fn attempt(port: u16, host: &str, parameters: &str) -> String {
    let url = format!("postgres://u:p@{host}:{port}/db?{parameters}");
    let options = Options {
        connect_timeout: Duration::from_secs(5),
        ..Options::default()
    };
    let error = Postgres::connect(&url, options)
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error:?}");
    let text = error.to_string();
    for how in ["through", "without"] {
        if text.contains(&format!("login refused {how} TLS")) {
            return how.to_owned();
        }
    }
    text
}

fn authority(file: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/postgres/certificates"
    );
    format!("sslrootcert={folder}/{file}.pem")
}

#[tokio::test]
async fn each_mode_encrypts_and_verifies_what_it_says() {
    let ours = authority("authority");
    let other = authority("other_authority");
    let port = serve(Offers::Tls);
    for (host, parameters, expected) in [
        ("localhost", "sslmode=disable".to_owned(), "without"),
        ("localhost", "sslmode=allow".to_owned(), "without"),
        ("localhost", "sslmode=prefer".to_owned(), "through"),
        ("localhost", "sslmode=require".to_owned(), "through"),
        ("localhost", String::new(), "through"),
        (
            "localhost",
            format!("sslmode=verify-full&{ours}"),
            "through",
        ),
        ("127.0.0.1", format!("sslmode=verify-ca&{ours}"), "through"),
        ("127.0.0.1", format!("sslmode=require&{ours}"), "through"),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&{ours}"),
            "certificate",
        ),
        (
            "localhost",
            format!("sslmode=verify-full&{other}"),
            "certificate",
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&{other}"),
            "certificate",
        ),
        (
            "localhost",
            format!("sslmode=require&{other}"),
            "certificate",
        ),
        ("localhost", "sslmode=verify-full".to_owned(), "certificate"),
        ("localhost", "sslrootcert=system".to_owned(), "certificate"),
    ] {
        let got = attempt(port, host, &parameters).await;
        let as_expected = match expected {
            "certificate" => got.contains("certificate"),
            way => got == way,
        };
        assert!(as_expected, "{host} {parameters}: {got}");
    }
}

#[tokio::test]
async fn a_server_that_insists_on_tls_is_allowed_to() {
    assert_eq!(
        attempt(serve(Offers::OnlyTls), "localhost", "sslmode=allow").await,
        "through"
    );
}

#[tokio::test]
async fn a_server_without_tls_is_only_talked_to_when_the_mode_permits_it() {
    let port = serve(Offers::Nothing);
    assert_eq!(
        attempt(port, "localhost", "sslmode=prefer").await,
        "without"
    );
    for mode in ["require", "verify-ca", "verify-full"] {
        let got = attempt(port, "localhost", &format!("sslmode={mode}")).await;
        assert!(got.contains("does not support TLS"), "{mode}: {got}");
    }
}
