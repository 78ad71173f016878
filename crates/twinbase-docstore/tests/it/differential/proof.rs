//! Which operators the server of the tests can prove: the example of each is asked of both sides, and must be answered alike
//! unless the list of [`super::unproven`] names it.

use mongodb::Client;
use twinbase_docstore::language::{Place, Support, families};

use super::unproven::{self, Doubt};
use super::{ask_server, ask_store, server_url, sorted};
use crate::contract;
use crate::support::{Scratch, fill};

#[tokio::test]
async fn what_the_server_cannot_prove_is_listed_by_name() {
    let Some(url) = server_url() else {
        return;
    };
    let client = Client::with_uri_str(&url).await.unwrap();
    let database = client.database(&format!("docstore_proof_{}", std::process::id()));
    let (server, store) = (database.collection("c"), Scratch::new());
    let documents = [
        contract::document(),
        bson::doc! { "_id": "b", "n": 7, "s": "World", "a": [], "o": {} },
    ];
    server.insert_many(&documents).await.unwrap();
    fill(&store, "c", &documents);
    let mut wrong = Vec::new();
    for (place, operator) in families().flat_map(|f| f.operators.iter().map(|o| (f.place, o))) {
        // What is drawn or told by a clock is the same nowhere, and the order of a set is open.
        let open = ["$sample", "$$NOW", "$rand", "$addToSet"].contains(&operator.name);
        if operator.support == Support::Refused || open || place == Place::Window {
            continue;
        }
        let example = serde_json::from_str(operator.example).unwrap();
        let question = contract::question(place, example);
        let theirs = ask_server(&server, &question).await;
        let ours = ask_store(&store, server.name(), &question);
        let same = match (&theirs, &ours) {
            (Ok(theirs), Ok(ours)) => alike(theirs) == alike(ours),
            _ => false,
        };
        let right = match unproven::doubt(place, operator.name) {
            None => same,
            // A server that has got it now can prove it.
            Some(Doubt::Missing) => theirs.is_err(),
            Some(Doubt::Wrong) => true,
        };
        if !right {
            wrong.push(format!(
                "{place:?} {}: {theirs:?} / {ours:?}",
                operator.name
            ));
        }
    }
    database.drop().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} to be listed or mended:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The order of fields is for our own tests; see `same` beside this module.
fn alike(documents: &[bson::Document]) -> Vec<Vec<u8>> {
    documents
        .iter()
        .map(|d| sorted(d, false).to_vec().unwrap())
        .collect()
}
