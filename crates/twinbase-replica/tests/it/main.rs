//! Both replicas against the conformance suite, and each against what only it can meet.

mod embedded;
mod mongo;
