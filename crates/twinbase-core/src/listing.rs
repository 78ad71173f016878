//! What a replica holds, by name.

use async_trait::async_trait;

use crate::{Replica, ReplicaError};

/// A replica that names its collections: every one of Twinbase's does.
#[async_trait]
pub trait Listing: Replica {
    /// The physical collections that are there, in any order, whoever made them. What [`publish`](crate::replica::Apply::publish) made is none.
    async fn collections(&self) -> Result<Vec<String>, ReplicaError>;
}
