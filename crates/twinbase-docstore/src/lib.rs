//! An embedded document store: MongoDB filters and pipelines over SQLite
