//! The backlog at which an alarm is raised.

use serde_json::Value as Json;
use twinbase::core::OutboxStatus;
use twinbase_cli::settings::{Kind, Unusable, Value};

/// A number of events that can be counted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BacklogCap(pub(crate) u64);

impl Value for BacklogCap {
    const KIND: Kind = Kind::Number;

    fn parse(text: &str) -> Result<Self, Unusable> {
        // Counting stops there, so that looking at a long backlog stays cheap.
        let most = OutboxStatus::COUNT_LIMIT;
        let number = text.trim().parse().ok();
        let number = number.filter(|n| (1..=most).contains(n));
        number.map(Self).ok_or_else(|| {
            Unusable::new(
                format!("`{text}` is not a number of events that can be counted to"),
                "Use a number from 1 to 100000, such as 20000.",
            )
        })
    }

    fn shown(&self) -> Json {
        self.0.into()
    }
}
