//! The port that the server listens on.

use std::net::TcpListener;

use super::program::Place;

#[test]
fn a_port_in_use_is_a_sentence_that_tells_how_to_choose_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for place in [Place::new().with("PORT", &port), Place::new()] {
        place.run(&["--port", &port]).expect(
            1,
            &[
                &format!("port {port} on 127.0.0.1 is in use"),
                "--port or PORT",
            ],
        );
    }
}

#[test]
fn an_address_of_another_machine_is_refused() {
    // TEST-NET-1 (RFC 5737) is nobody's address.
    Place::new()
        .run(&["--host", "192.0.2.1", "--port", "0"])
        .expect(
            1,
            &["192.0.2.1 is not an address of this machine", "--host"],
        );
}

#[tokio::test]
async fn port_zero_takes_a_free_port_and_says_which() {
    let running = Place::new().start(&[]).await;
    let answer = reqwest::get(format!("{}/health/live", running.url)).await;
    assert!(answer.unwrap().status().is_success());
    running.stop().await;
}
