//! What a reader has written lately, kept in cookies: the token that pages read with, and what is to be said about it.
//!
//! In the browser and not here, so that every server knows it and none has to remember.

use axum::http::{HeaderMap, HeaderValue, header};
use twinbase::prelude::*;

/// Far longer than the usual lag, so that a token that is met costs nothing and one that is not is soon forgotten.
const KEPT_SECONDS: u32 = 120;
/// Browsers keep 4,096 bytes of a cookie.
const LONGEST: usize = 3_500;
const SEEN: &str = "studyhall_seen";
const SAID: &str = "studyhall_said";

/// The token of the reader's last writes; `None` when there were none, or too many for a cookie.
pub(super) fn token(headers: &HeaderMap) -> Option<Token> {
    value(headers, SEEN)?.parse().ok()
}

/// The cookie with this token and what was there before it; the newer alone when both are too long.
pub(super) fn keep(before: Option<&Token>, new: &str) -> Option<HeaderValue> {
    let merged = before.and_then(|before| {
        let mut merged: Token = new.parse().ok()?;
        merged.merge(before.clone());
        Some(merged.to_string())
    });
    let text = merged.filter(|text| text.len() <= LONGEST);
    let text = text.or_else(|| (new.len() <= LONGEST).then(|| new.to_owned()))?;
    set(SEEN, &text, KEPT_SECONDS)
}

/// What is to be said on the next page, and the path that takes it back, if there is one.
pub(super) fn said(headers: &HeaderMap) -> Option<(String, Option<String>)> {
    let value = value(headers, SAID)?;
    let (name, undo) = value.split_once(':').unwrap_or((value, ""));
    let is_path = |path: &&str| path.starts_with('/') && !path.starts_with("//");
    Some((
        name.to_owned(),
        Some(undo).filter(is_path).map(str::to_owned),
    ))
}

/// The cookie that has the next page say this.
pub(super) fn say(name: &str, undo: Option<&str>) -> Option<HeaderValue> {
    set(SAID, &format!("{name}:{}", undo.unwrap_or_default()), 20)
}

/// The cookie that takes back what was said: it is said once.
pub(super) fn unsay() -> Option<HeaderValue> {
    set(SAID, "", 0)
}

fn set(name: &str, value: &str, seconds: u32) -> Option<HeaderValue> {
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::try_from(text).ok()
}

/// Has browsers send the pages' cookies over TLS alone.
pub(super) fn secure(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        let is_secure = text.ends_with("; Secure");
        let secure = HeaderValue::try_from(format!("{text}; Secure"));
        headers.append(
            header::SET_COOKIE,
            secure.ok().filter(|_| !is_secure).unwrap_or(cookie),
        );
    }
}

/// The value of a cookie.
pub(super) fn value<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == cookie && !value.is_empty()).then_some(value)
        })
}
