//! The sync engine of Twinbase: worker, verification, freshness
