//! Names are found in whichever case they are written, where the replica can and by no other answer where it cannot.

use twinbase::{core::replica::ReplicaKind, prelude::*};
use twinbase_testkit::faults::Fault;

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    a_name_is_found_in_any_case,
    a_collation_has_no_form_for_the_primary_and_no_pages,
);

fn english() -> Collation {
    Collation::new("en", Strength::Secondary)
}

fn names(accounts: &[Account]) -> Vec<&str> {
    accounts
        .iter()
        .map(|account| account.name.as_str())
        .collect()
}

async fn a_name_is_found_in_any_case(setup: Setup) {
    let mut token = Token::default();
    for name in ["Ada", "bob"] {
        token.merge(setup.twin.insert(&account(name)).await.unwrap().token());
    }
    setup.twin.drain(fast()).await.unwrap();
    let accounts = || setup.twin.collection::<Account>().at_least(&token, SOON);
    let shouted = || [Account::NAME.eq("ADA")];
    assert!(
        accounts()
            .filter(shouted())
            .all()
            .await
            .unwrap()
            .value
            .is_empty()
    );
    let found = accounts().collated(english()).filter(shouted());
    let found = found.all().await.unwrap().value;
    let on_mongodb = setup.twin.sides().replica.kind() == ReplicaKind::Mongo;
    if on_mongodb && found.is_empty() {
        println!("not run: this server ignores collations");
        return;
    }
    assert_eq!(names(&found), ["Ada"]);
    let counted = accounts().collated(english()).count(doc! { "name": "BOB" });
    assert_eq!(counted.await.unwrap().value, 1);
    let sorted = accounts()
        .collated(english())
        .find(doc! {})
        .sort(doc! { "name": -1 });
    let sorted = sorted.all().await.unwrap().value;
    assert_eq!(names(&sorted), ["bob", "Ada"]);
}

async fn a_collation_has_no_form_for_the_primary_and_no_pages(setup: Setup) {
    let accounts = || setup.twin.collection::<Account>().collated(english());
    let page = accounts().filter([]).page(10).await.map(drop);
    assert!(
        matches!(
            &page,
            Err(ReadError::Replica(ReplicaError::InvalidQuery { .. }))
        ),
        "{page:?}"
    );
    setup.faults.set(Fault::Down);
    let away = accounts().or_primary().filter([]).all().await;
    assert!(
        matches!(away, Err(ReadError::NoPrimaryForm { .. })),
        "{away:?}"
    );
}
