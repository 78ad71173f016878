//! TLS through rustls, in libpq's modes.

mod verify;

use std::{path::Path, sync::Arc};

use rustls::{ClientConfig, RootCertStore, client::WebPkiServerVerifier, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_postgres_rustls::MakeRustlsConnect;
use twinbase_core::PrimaryError;

use super::url::{Roots, SslMode, Tls};
use crate::fail;

/// Where systems keep the certificates that they trust.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

pub(super) fn connector(tls: &Tls) -> Result<MakeRustlsConnect, PrimaryError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&error.to_string()))?;
    let checks_chain = matches!(tls.mode, SslMode::VerifyFull | SslMode::VerifyCa);
    let roots = roots(if checks_chain {
        &tls.roots
    } else {
        &Roots::Public
    })?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| refused(&error.to_string()))?;
    let builder = if tls.mode == SslMode::VerifyFull {
        builder.with_webpki_verifier(verifier)
    } else {
        let verifier = verify::Nameless {
            verifier,
            checks_chain,
        };
        let builder = builder.dangerous();
        builder.with_custom_certificate_verifier(Arc::new(verifier))
    };
    let config = match &tls.identity {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable(key))?;
            builder
                .with_client_auth_cert(certificates(cert)?, key)
                .map_err(|error| refused(&format!("`sslcert` or `sslkey`: {error}")))?
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(from: &Roots) -> Result<RootCertStore, PrimaryError> {
    let mut store = RootCertStore::empty();
    match from {
        Roots::Public => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::System => {
            let bundle = SYSTEM_BUNDLES
                .into_iter()
                .map(Path::new)
                .find(|path| path.is_file())
                .ok_or_else(|| {
                    refused("this system has no certificates; name a file with `sslrootcert`")
                })?;
            // A bundle may hold certificates of a form that rustls does not take.
            store.add_parsable_certificates(certificates(bundle)?);
        }
        Roots::File(path) => {
            for certificate in certificates(path)? {
                store.add(certificate).map_err(|_| unreadable(path))?;
            }
        }
    }
    Ok(store)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PrimaryError> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|_| unreadable(path))?;
    if certificates.is_empty() {
        return Err(unreadable(path));
    }
    Ok(certificates)
}

fn unreadable(path: &Path) -> PrimaryError {
    refused(&format!(
        "`{}` is not a readable PEM file; correct `sslrootcert`, `sslcert` or `sslkey`",
        path.display()
    ))
}

fn refused(reason: &str) -> PrimaryError {
    fail::refused("set up TLS", reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(mode: SslMode, roots: Roots) -> Tls {
        Tls {
            mode,
            roots,
            identity: None,
        }
    }

    #[test]
    fn every_mode_can_be_set_up() {
        for mode in [
            SslMode::Disable,
            SslMode::Allow,
            SslMode::Prefer,
            SslMode::Require,
            SslMode::VerifyCa,
            SslMode::VerifyFull,
        ] {
            assert!(connector(&tls(mode, Roots::Public)).is_ok(), "{mode:?}");
        }
    }

    #[test]
    fn a_missing_authority_is_named() {
        let missing = tls(SslMode::VerifyFull, Roots::File("/none/ca.pem".into()));
        let error = connector(&missing).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("/none/ca.pem"), "{error}");
    }
}
