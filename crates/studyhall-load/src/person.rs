//! Somebody who uses Studyhall: by its pages, with a browser's cookies, and by its API, with a token.

use std::{
    fmt::Write as _,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{self, HeaderMap},
    redirect::Policy,
};
use serde_json::{Value, json};

/// Longer than any answer may take: what takes longer is an error.
const PATIENCE: Duration = Duration::from_secs(30);
/// Everybody's password, of those who sign up here.
const PASSWORD: &str = "correct horse battery";
/// The cookie in which a browser keeps the token of its last writes.
const SEEN: &str = "studyhall_seen";

/// Where a proxy says whose request it passes on.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Sends requests to one Studyhall; connections are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a write returned so that a read can wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteToken(String);

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as it was sent.
    pub body: Vec<u8>,
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Person {
    client: Client,
    /// The name.
    pub name: String,
    session: String,
    /// As the browser keeps it; empty when nothing was written.
    seen: Mutex<String>,
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The token of what was written.
    #[must_use]
    pub fn token(&self) -> Option<WriteToken> {
        let token = self.headers.get("sync-token")?.to_str().ok()?;
        Some(WriteToken(token.to_owned()))
    }

    async fn of(request: RequestBuilder) -> anyhow::Result<Self> {
        let mut response = request.send().await?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = response.bytes().await?.to_vec();
        Ok(Self {
            status,
            headers,
            body,
        })
    }
}

impl Client {
    /// For the Studyhall at this address.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .build()
            .context("make a client")?;
        Ok(Self {
            http,
            url: url.to_owned(),
        })
    }

    /// What a stranger gets. `encodings` is what a browser says it reads, such as `gzip, br`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str, encodings: &str) -> anyhow::Result<Reply> {
        let request = self.request(Method::GET, path);
        Reply::of(request.header(header::ACCEPT_ENCODING, encodings)).await
    }

    /// Signs somebody up, with a first todo; returns them and what was answered.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn sign_up(&self, name: &str, todo: &str) -> anyhow::Result<(Person, Reply)> {
        let body = json!({
            "username": name, "email": format!("{name}@example.org"), "password": PASSWORD,
            "todo": { "title": todo },
        });
        let request = self.request(Method::POST, "/api/v1/users").json(&body);
        let made = Reply::of(request.header(FORWARDED_FOR, address(name))).await?;
        ensure!(made.status == StatusCode::CREATED, "{}", made.text());
        Ok((self.sign_in(name, PASSWORD).await?, made))
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn sign_in(&self, name: &str, password: &str) -> anyhow::Result<Person> {
        let body = json!({ "username": name, "password": password });
        let request = self.request(Method::POST, "/api/v1/login").json(&body);
        let opened = Reply::of(request.header(FORWARDED_FOR, address(name))).await?;
        ensure!(opened.status == StatusCode::OK, "{}", opened.text());
        let opened = opened.json();
        Ok(Person {
            client: self.clone(),
            name: name.to_owned(),
            session: opened["token"].as_str().context("no token")?.to_owned(),
            seen: Mutex::default(),
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }
}

impl Person {
    /// Opens a page.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(&self, path: &str, encodings: &str) -> anyhow::Result<Reply> {
        let request = self.browser(Method::GET, path);
        Reply::of(request.header(header::ACCEPT_ENCODING, encodings)).await
    }

    /// Sends a form of a page, and keeps the token of what it wrote as a browser does.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send_form(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Reply> {
        let mut form = String::new();
        for (name, value) in fields {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            let _ = write!(form, "{name}={value}&");
        }
        let request = self
            .browser(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let reply = Reply::of(request.body(form)).await?;
        let cookies = reply.headers.get_all(header::SET_COOKIE).iter();
        let mut pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        if let Some(seen) = pairs.find(|pair| pair.starts_with(SEEN)) {
            seen.clone_into(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Ok(reply)
    }

    /// Asks the API; `body` is sent as JSON. With a token the answer must show what was written with it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        after: Option<&WriteToken>,
    ) -> anyhow::Result<Reply> {
        let mut request = self
            .client
            .request(method, &format!("/api/v1{path}"))
            .bearer_auth(&self.session);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(WriteToken(token)) = after {
            request = request.header("sync-token", token);
            // The primary cannot search: there the answer waits for the replica.
            if path.starts_with("/search") {
                request = request.header("prefer", "wait=10");
            }
        }
        Reply::of(request).await
    }

    fn browser(&self, method: Method, path: &str) -> RequestBuilder {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let cookies = format!("studyhall_session={}; {seen}", self.session);
        let request = self.client.request(method, path);
        request
            .header(header::COOKIE, cookies)
            .header("sec-fetch-site", "same-origin")
    }
}

/// Everybody signs in from a network of their own: there are limits for each.
fn address(name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let [a, b, c, ..] = hasher.finish().to_be_bytes();
    format!("10.{a}.{b}.{c}")
}
