//! Waiting for a predicate.

use std::time::Duration;

use twinbase_testkit::wait;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_value_is_returned_as_soon_as_it_is_there() {
    let mut looks = 0;
    let value = wait::until("the third look", LONG, async || {
        looks += 1;
        (looks == 3).then_some(looks)
    });
    assert_eq!(value.await, 3);
}

#[tokio::test]
async fn a_deadline_that_passes_tells_the_last_state() {
    let state = wait::within::<Result<(), _>>(SHORT, async || Err("2 of 3 documents")).await;
    assert_eq!(state, Err("2 of 3 documents".to_owned()));
}

#[tokio::test]
async fn a_look_that_hangs_is_given_up() {
    let state = wait::within(SHORT, async || std::future::pending::<bool>().await).await;
    assert_eq!(
        state,
        Err("never looked to the end, and the last look did not return".to_owned())
    );
}

#[tokio::test]
#[should_panic(expected = "waiting.rs")]
async fn a_failure_names_the_place_that_waited() {
    wait::until("what never comes", SHORT, async || false).await;
}
