//! A service below a path of its host, such as behind a proxy that serves several. The service knows nothing of it: its routes
//! and pages name paths from its own root, and here the path is taken off requests and put before what answers point to.

use std::{fmt, str::FromStr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Request, State},
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE},
        uri::PathAndQuery,
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use tower::Layer as _;

use crate::{Code, Problem};

/// Where a service is on its host: nothing for its root, otherwise a path such as `/study`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BasePath(String);

/// The attributes with paths, as pages are written here: nobody's text can look like one, because its quotes are escaped.
const ATTRIBUTES: [&str; 9] = [
    " href=\"/",
    " action=\"/",
    " formaction=\"/",
    " src=\"/",
    " hx-get=\"/",
    " hx-post=\"/",
    " hx-replace-url=\"/",
    " data-root=\"/",
    " data-stream=\"/",
];

impl BasePath {
    /// Whether the service is at the root of its host.
    pub const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Serves these routes below the path. A request without it is answered too: proxies may take it off, and probes ask
    /// the port itself.
    pub fn around(self, routes: Router) -> Router {
        if self.is_root() {
            return routes;
        }
        let layer = middleware::from_fn_with_state(self, handle);
        Router::new().fallback_service(layer.layer(routes))
    }

    /// The address within the service; `None` where it does not begin with the path.
    fn within(&self, uri: &Uri) -> Option<Uri> {
        let rest = uri.path_and_query()?.as_str().strip_prefix(&self.0)?;
        let rest = match rest.chars().next() {
            Some('/') => rest.to_owned(),
            None | Some('?') => format!("/{rest}"),
            // Another path, which begins alike.
            Some(_) => return None,
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
        Uri::from_parts(parts).ok()
    }

    /// A page with the path before all that it points to.
    fn put_into(&self, page: &str) -> String {
        let mut out = String::with_capacity(page.len() + page.len() / 16);
        let mut rest = page;
        // Every attribute that is meant ends here, and a page has few others that do.
        while let Some(at) = rest.find("=\"/") {
            let (before, after) = rest.split_at(at + 3);
            let is_path = ATTRIBUTES.iter().any(|name| before.ends_with(name));
            out.push_str(&before[..before.len() - 1]);
            if is_path && !after.starts_with('/') {
                out.push_str(&self.0);
            }
            out.push('/');
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn put_into_headers(&self, headers: &mut HeaderMap) {
        let path = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let own = path.filter(|path| path.starts_with('/') && !path.starts_with("//"));
        let whole = own.and_then(|own| HeaderValue::try_from(format!("{self}{own}")).ok());
        if let Some(whole) = whole {
            headers.insert(LOCATION, whole);
        }
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
        headers.remove(SET_COOKIE);
        for cookie in cookies {
            let below = cookie.to_str().unwrap_or_default();
            let below = below.replace("; Path=/;", &format!("; Path={self};"));
            let mut below = HeaderValue::try_from(below).unwrap_or_else(|_| cookie.clone());
            below.set_sensitive(cookie.is_sensitive());
            headers.append(SET_COOKIE, below);
        }
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BasePath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_plain = |part: &str| {
            let is_dots = part.chars().all(|c| c == '.');
            let mut chars = part.chars();
            !is_dots && chars.all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        let mut parts = path.split('/');
        if path.is_empty() || parts.next() == Some("") && parts.all(is_plain) {
            return Ok(Self(path.to_owned()));
        }
        Err("must be a path such as /study, of letters, digits and - . _ ~")
    }
}

async fn handle(State(base): State<BasePath>, mut request: Request, next: Next) -> Response {
    if let Some(own) = base.within(request.uri()) {
        request.extensions_mut().insert(OriginalUri(own.clone()));
        *request.uri_mut() = own;
    }
    let (mut parts, body) = next.run(request).await.into_parts();
    base.put_into_headers(&mut parts.headers);
    let kind = parts.headers.get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Response::from_parts(parts, body);
    }
    // A page is whole in memory already.
    let page = to_bytes(body, usize::MAX).await;
    let page = page.map_err(|error| error.to_string());
    match page.and_then(|page| String::from_utf8(page.into()).map_err(|error| error.to_string())) {
        Ok(page) => {
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(base.put_into(&page)))
        }
        Err(error) => {
            tracing::error!(error, "a page cannot be put below its path");
            Problem::new(Code::Internal, "The page could not be made.").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BasePath {
        text.parse().expect("it is a path")
    }

    #[test]
    fn a_base_path_is_plain() {
        assert!(base("").is_root() && base("/").is_root());
        assert_eq!(base("/a/b-1/").as_str(), "/a/b-1");
        for bad in [
            "study",
            "//",
            "/a//b",
            "/a b",
            "/..",
            "/a/../b",
            "/ä",
            "/a?b",
            "http://h/",
        ] {
            assert!(bad.parse::<BasePath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn requests_lose_the_path_and_others_stay() {
        let within = |uri: &str| {
            let uri = base("/study").within(&uri.parse().expect("it is a path"));
            uri.map(|uri| uri.to_string())
        };
        assert_eq!(
            within("/study/todos?show=done").as_deref(),
            Some("/todos?show=done")
        );
        assert_eq!(within("/study").as_deref(), Some("/"));
        assert_eq!(within("/study?a=b").as_deref(), Some("/?a=b"));
        assert_eq!(within("/studyhall"), None);
        assert_eq!(within("/health/live"), None);
    }

    #[test]
    fn pages_point_below_the_path_and_texts_stay_as_they_are() {
        let page = r##"<a class="x" href="/todos">a</a><a href="//h/x"><a href="#main"><a href="docs/x">
            <form method="post" action="/logout"><p title="/x">a=&quot;/b href=&quot;/c</p><i hx-get="/?panel=x" hx-replace-url="/?x" data-root="/">"##;
        let below = base("/study").put_into(page);
        assert_eq!(
            below,
            r##"<a class="x" href="/study/todos">a</a><a href="//h/x"><a href="#main"><a href="docs/x">
            <form method="post" action="/study/logout"><p title="/x">a=&quot;/b href=&quot;/c</p><i hx-get="/study/?panel=x" hx-replace-url="/study/?x" data-root="/study/">"##
        );
    }

    #[test]
    fn redirects_and_cookies_are_below_the_path() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static("/todos"));
        for cookie in ["a=b; Path=/; HttpOnly", "c=d; Path=/; Secure"] {
            headers.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        base("/study").put_into_headers(&mut headers);
        assert_eq!(headers[LOCATION], "/study/todos");
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(
            cookies,
            ["a=b; Path=/study; HttpOnly", "c=d; Path=/study; Secure"]
        );
        headers.insert(LOCATION, HeaderValue::from_static("//elsewhere"));
        base("/study").put_into_headers(&mut headers);
        assert_eq!(headers[LOCATION], "//elsewhere");
    }
}
