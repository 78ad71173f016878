//! The document side of Twinbase: MongoDB and the embedded document store
