//! The proxies that report the addresses of clients.

use serde_json::Value as Json;
use studyhall::api::TrustedProxies;
use twinbase_cli::settings::{Unusable, Value};

/// Proxies, as a setting.
#[derive(Debug, Clone)]
pub(crate) struct Proxies(pub(crate) TrustedProxies);

impl Value for Proxies {
    fn parse(text: &str) -> Result<Self, Unusable> {
        TrustedProxies::parse(text).map(Self).map_err(|part| {
            Unusable::new(
                format!("`{part}` is neither an address nor a network"),
                "Use addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8.",
            )
        })
    }

    fn shown(&self) -> Json {
        self.0.to_string().into()
    }
}
