//! What somebody signs in with, so that they know it again in a list.

use std::fmt;

use serde::Serialize;

/// A short name, such as "Firefox on Linux": made of what a client says of itself, which may be anything and is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DeviceName(String);

/// Names of clients that nobody knows are no longer than this.
const LONGEST: usize = 30;

/// What stands in a `User-Agent`, and the program that it stands for. Most claim to be others as well: the first that fits counts.
const PROGRAMS: [(&str, &str); 13] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Epiphany/", "Web"),
    ("Safari/", "Safari"),
];

/// The same for systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

impl DeviceName {
    /// The name of a client with this `User-Agent`; `None` when that says nothing.
    pub fn of_user_agent(text: &str) -> Option<Self> {
        let find = |known: &[(&str, &'static str)]| {
            let found = known.iter().find(|(mark, _)| text.contains(mark));
            found.map(|(_, name)| *name)
        };
        let program = find(&PROGRAMS).or_else(|| product(text));
        let name = match (program, find(&SYSTEMS)) {
            (Some(program), Some(system)) => format!("{program} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => return None,
        };
        Some(Self(name))
    }

    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an unknown client begins, such as `curl`; every browser begins with `Mozilla`.
fn product(text: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    let product = &text[..end.min(LONGEST)];
    (!product.is_empty() && product != "Mozilla").then_some(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_its_program_and_system_and_by_nothing_else_that_it_says() {
        let long = "x".repeat(5_000);
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
                Some("Chrome on Android"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                Some("Safari on macOS"),
            ),
            ("Mozilla/5.0 (Linux)", Some("Linux")),
            ("curl/8.14.1", Some("curl")),
            ("python-requests/2.32.5", Some("python-requests")),
            ("", None),
            ("Mozilla/5.0", None),
            ("<b>Firefox</b>", None),
            ("\u{202e}\u{7}evil", None),
            (
                "<script>alert(1)</script> Firefox/1\r\nLinux",
                Some("Firefox on Linux"),
            ),
            (&long, Some(&long[..LONGEST])),
        ] {
            let name = DeviceName::of_user_agent(agent);
            assert_eq!(name.as_ref().map(|name| &*name.0), expected, "{agent}");
        }
    }
}
