//! Both replicas against the conformance suite, and each against what only it can meet.

#![expect(
    clippy::unwrap_used,
    reason = "a test and what it calls fail by panicking"
)]

mod embedded;
mod mongo;
