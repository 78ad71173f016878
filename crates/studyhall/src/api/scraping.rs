//! Who may read the metrics: a scraper has no session.
//!
//! With a token, whoever sends it, from wherever. Without one, this machine alone, and
//! nobody for whom a proxy on this machine asks: every client of such a proxy would look local.

use std::{fmt, net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest as _, Sha256};
use twinbase_console::Metrics;

use super::{Code, Problem};

/// The metrics, and the token that opens them.
#[derive(Clone)]
pub struct Scraping {
    pub(super) metrics: Metrics,
    token: Option<Arc<str>>,
}

impl Scraping {
    /// With a token, for whoever sends it; without, for this machine alone.
    pub fn new(metrics: Metrics, token: Option<&str>) -> Self {
        Self {
            metrics,
            token: token.map(Into::into),
        }
    }

    fn check(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<(), Problem> {
        match &self.token {
            Some(token) if bearer(headers).is_some_and(|sent| same(sent, token)) => Ok(()),
            Some(_) => Err(Problem::new(
                Code::Unauthenticated,
                "Send the metrics token as Authorization: Bearer.",
            )),
            None if is_local(headers, extensions) => Ok(()),
            None => Err(Problem::new(
                Code::LocalOnly,
                "Without a metrics token, metrics are for this machine alone; set `metrics_token` to read them from another.",
            )),
        }
    }
}

impl fmt::Debug for Scraping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "hidden");
        f.debug_struct("Scraping")
            .field("metrics", &self.metrics)
            .field("token", &token)
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
    is_loopback && !is_proxied
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(peer: Option<&str>, header: Option<&'static str>) -> bool {
        let (mut headers, mut extensions) = (HeaderMap::new(), Extensions::new());
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
