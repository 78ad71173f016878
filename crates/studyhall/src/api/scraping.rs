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
    http::{Extensions, HeaderMap, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest as _, Sha256};
use twinbase_console::Metrics;

use super::{Code, Problem};

/// The metrics, and who may read them.
#[derive(Clone)]
pub struct Scraping {
    pub(super) metrics: Metrics,
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

    fn check(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<(), Problem> {
        match &self.access {
            Access::Open => Ok(()),
            Access::Token(token) if bearer(headers).is_some_and(|sent| same(sent, token)) => Ok(()),
            Access::Token(_) => Err(Problem::new(
                Code::Unauthenticated,
                "Send the metrics token as Authorization: Bearer.",
            )),
            Access::ThisMachine if is_local(headers, extensions) => Ok(()),
            Access::ThisMachine => Err(Problem::new(
                Code::MetricsClosed,
                "Only this machine may read the metrics here. Set `metrics_token` to read them from another.",
            )),
            Access::Closed => Err(Problem::new(
                Code::MetricsClosed,
                "The metrics are closed at this port. Set `metrics_token`, or `metrics_listen` for a port of their own.",
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

pub(super) async fn scrapers_only(
    State(scraping): State<Scraping>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    scraping.check(request.headers(), request.extensions())?;
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && values.next().is_none();
    is_bearer.then(|| token.trim())
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
    fn a_token_is_sent_once_as_bearer() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
        ] {
            headers.insert(
                header::AUTHORIZATION,
                value.parse().expect("it is a header"),
            );
            assert_eq!(bearer(&headers), token, "{value}");
        }
        headers.append(
            header::AUTHORIZATION,
            "Bearer abc".parse().expect("it is a header"),
        );
        assert_eq!(bearer(&headers), None);
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("", "abc"));
    }
}
