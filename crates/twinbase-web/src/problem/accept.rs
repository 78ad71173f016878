//! In which form a client wants its errors (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

/// How an error is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Representation {
    /// As `application/problem+json`.
    #[default]
    Json,
    /// As a page for a person.
    Html,
}

impl Representation {
    /// A page for whoever names HTML and likes JSON no better. `*/*` alone is a program.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut html, mut json) = (0.0, 0.0_f32);
        let values = headers.get_all(header::ACCEPT).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for range in texts.flat_map(|text| text.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            let weight = weight.unwrap_or(1.0_f32);
            match kind.as_str() {
                "text/html" | "application/xhtml+xml" => html = weight.max(html),
                "application/json" | "application/problem+json" => json = weight.max(json),
                _ => {}
            }
        }
        if html > 0.0 && html >= json {
            Self::Html
        } else {
            Self::Json
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_everybody_else_json() {
        let form = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("it is a header"));
            Representation::of(&headers)
        };
        assert_eq!(Representation::of(&HeaderMap::new()), Representation::Json);
        for (accept, expected) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Representation::Html,
            ),
            ("Text/HTML", Representation::Html),
            ("application/json;q=0.5, text/html", Representation::Html),
            ("*/*", Representation::Json),
            ("application/json", Representation::Json),
            (
                "application/problem+json, text/html;q=0.9",
                Representation::Json,
            ),
            ("text/html;q=0", Representation::Json),
            ("text/html;q=nonsense", Representation::Html),
        ] {
            assert_eq!(form(accept), expected, "{accept}");
        }
    }
}
