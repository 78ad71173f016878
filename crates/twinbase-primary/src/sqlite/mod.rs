//! SQLite as a primary.
