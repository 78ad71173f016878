//! The vocabulary: tokens survive their way through text, mappings let nothing pass that they do not name.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod mapping;
mod registry;
mod token;
