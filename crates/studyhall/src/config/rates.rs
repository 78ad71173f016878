//! How much one user may do in a minute.

use serde_json::Value as Json;
use studyhall::api::Rates;
use twinbase_cli::settings::{Unusable, Value};

/// Rates, as a setting.
#[derive(Debug, Clone)]
pub(crate) struct RateLimits(pub(crate) Rates);

impl Value for RateLimits {
    fn parse(text: &str) -> Result<Self, Unusable> {
        Rates::parse(text).map(Self).map_err(|part| {
            Unusable::new(
                format!("`{part}` is no rate"),
                "Use off, or numbers a minute such as write=600,search=60,export=5,friend-request=10,message=60,response=30.",
            )
        })
    }

    fn shown(&self) -> Json {
        self.0.text().into()
    }
}
