//! How events, operations, workers and pauses look as JSON, here and wherever a host shows them as data.
//!
//! Versions and numbers of events are texts: they have 64 bits, and JavaScript's numbers have 53.

mod detail;
mod event;
mod explain;
mod operation;
mod pause;
mod shown;
mod worker;

pub use detail::DetailView;
pub use event::{EventView, GroupView};
pub use explain::{ExplainView, NOT_SHOWN};
pub use operation::OperationView;
pub use pause::PauseView;
pub use shown::shown;
pub use worker::{WorkerView, applied_per_second};

/// A count with its digits in groups: `1,234,567`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nobody reads more digits of an estimate.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
