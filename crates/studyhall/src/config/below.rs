//! The path below which browsers reach the site.

use serde_json::Value as Json;
use studyhall::api::BasePath;
use twinbase_cli::settings::{Unusable, Value};

/// A base path, as a setting.
#[derive(Debug, Clone)]
pub(crate) struct Below(pub(crate) BasePath);

impl Value for Below {
    fn parse(text: &str) -> Result<Self, Unusable> {
        text.parse().map(Self).map_err(|reason| {
            Unusable::new(
                format!("`{text}` {reason}"),
                "Use the path that the proxy gives to this site, such as /study, or / for all of its host.",
            )
        })
    }

    fn shown(&self) -> Json {
        let path = if self.0.is_root() {
            "/"
        } else {
            self.0.as_str()
        };
        path.into()
    }
}
