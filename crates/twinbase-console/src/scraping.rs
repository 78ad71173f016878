//! Who may read the metrics: a scraper has no session.
//!
//! A request that a proxy on this machine passes on looks like one of this machine: nginx's plain
//! `proxy_pass` adds no header and sends the upstream's name as `Host`. So the server's own port is closed
//! until a setting opens it. A port for metrics alone is open to this machine: who set it said so.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest as _, Sha256};
use twinbase_web::{Code, Kind, Problem, bearer};

use crate::Metrics;

/// The metrics are not open to this client.
const METRICS_CLOSED: Kind = Kind::new(
    StatusCode::FORBIDDEN,
    "metrics-closed",
    "The metrics are closed",
);

/// The metrics, and who may read them.
#[derive(Clone)]
pub struct Scraping {
    pub(crate) metrics: Metrics,
    access: Access,
}

/// Who may read the metrics at a port.
#[derive(Clone)]
pub enum Access {
    /// Nobody.
    Closed,
    /// This machine, without a proxy that says it is one.
    ThisMachine,
    /// Whoever sends this bearer token.
    Token(Arc<str>),
    /// Everybody.
    Open,
}

impl Scraping {
    /// The metrics, for whom `access` names.
    pub const fn new(metrics: Metrics, access: Access) -> Self {
        Self { metrics, access }
    }

    fn check(
        &self,
        remedy: &str,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<(), Problem> {
        match &self.access {
            Access::Open => Ok(()),
            Access::Token(token) if matches!(bearer(headers), Ok(Some(sent)) if same(sent, token)) => {
                Ok(())
            }
            Access::Token(_) => Err(Problem::new(
                Code::Unauthenticated,
                "Send the metrics token as Authorization: Bearer.",
            )),
            Access::ThisMachine if is_local(headers, extensions) => Ok(()),
            Access::ThisMachine => Err(Problem::new(
                METRICS_CLOSED,
                format!("Only this machine may read the metrics here. {remedy}"),
            )),
            Access::Closed => Err(Problem::new(
                METRICS_CLOSED,
                format!("The metrics are closed at this port. {remedy}"),
            )),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "Closed",
            Self::ThisMachine => "ThisMachine",
            Self::Token(_) => "Token(hidden)",
            Self::Open => "Open",
        })
    }
}

impl fmt::Debug for Scraping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scraping")
            .field("metrics", &self.metrics)
            .field("access", &self.access)
            .finish()
    }
}

pub(crate) async fn scrapers_only(
    State((scraping, remedy)): State<(Scraping, &'static str)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    scraping.check(remedy, request.headers(), request.extensions())?;
    Ok(next.run(request).await)
}

/// By their hashes, so that the time it takes tells nothing of the token.
fn same(sent: &str, token: &str) -> bool {
    Sha256::digest(sent.as_bytes()) == Sha256::digest(token.as_bytes())
}

fn is_local(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let is_loopback = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    let is_proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .into_iter()
        .any(|name| headers.contains_key(name));
    is_loopback && !is_proxied && names_this_machine(headers)
}

/// A page of another site that has its own name lead to this machine sends that name.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_matches(['[', ']']).parse();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(peer: Option<&str>, header: Option<&'static str>) -> bool {
        let (mut headers, mut extensions) = (HeaderMap::new(), Extensions::new());
        headers.insert(header::HOST, "localhost:9101".parse().expect("a header"));
        if let Some(name) = header {
            headers.insert(name, "x".parse().expect("it is a header"));
        }
        if let Some(peer) = peer {
            let peer: SocketAddr = peer.parse().expect("it is an address");
            extensions.insert(ConnectInfo(peer));
        }
        is_local(&headers, &extensions)
    }

    #[test]
    fn only_this_machine_itself_is_local() {
        assert!(local(Some("127.0.0.1:1"), None));
        assert!(local(Some("127.8.8.8:1"), None));
        assert!(local(Some("[::1]:1"), None));
        assert!(local(Some("[::ffff:127.0.0.1]:1"), None));
        assert!(!local(Some("192.168.1.5:1"), None));
        assert!(!local(Some("[::ffff:10.0.0.1]:1"), None));
        assert!(!local(None, None));
        for proxied in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
            assert!(!local(Some("127.0.0.1:1"), Some(proxied)), "{proxied}");
        }
    }

    #[test]
    fn a_name_that_only_leads_to_this_machine_is_not_its_own() {
        for (host, own) in [
            ("localhost:9101", true),
            ("127.0.0.1", true),
            ("[::1]:9101", true),
            ("rebound.example:9101", false),
            ("192.0.2.1", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("it is a header"));
            assert_eq!(names_this_machine(&headers), own, "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn a_token_is_told_from_another() {
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("", "abc"));
    }
}
