//! Which collections there are.

use std::sync::Arc;

use twinbase_core::{Replica, Schema};

use super::{NOTES, applied, tombstone};

/// What other programs find under the logical name is no collection.
pub async fn each_collection_is_listed_until_it_is_dropped(replica: Arc<dyn Replica>) {
    let second = Schema::clone(&NOTES).in_generation(2);
    replica.prepare(&NOTES).await.unwrap();
    applied(&*replica, &[tombstone("a", 1)]).await;
    replica.prepare(&second).await.unwrap();
    let listed = async || {
        let mut all = replica.collections().await.unwrap();
        all.retain(|name| name.starts_with(&*NOTES.collection));
        all.sort();
        all
    };
    let (logical, physical) = (NOTES.collection.to_string(), second.physical().to_owned());
    assert_eq!(listed().await, [logical, physical.clone()]);
    replica.drop_collection(&NOTES).await.unwrap();
    replica.publish(&second).await.unwrap();
    assert_eq!(listed().await, [physical]);
    replica.drop_collection(&second).await.unwrap();
    assert_eq!(listed().await, [""; 0]);
}
