//! The first signal finishes what is in flight, the second ends at once.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use rusqlite::Connection;
use twinbase_testkit::{
    process::{Child, Signal},
    wait,
};

use super::program::{Place, Running, SOON};

/// A request that the server has begun to read, and waits for the rest of.
struct HalfSent(TcpStream);

const BODY: &str = r#"{"username":"nobody","password":"wrong horse"}"#;

impl HalfSent {
    fn to(running: &Running) -> Self {
        let address = running.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        write!(
            stream,
            "POST /api/v1/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            BODY.len()
        )
        .unwrap();
        // The server asks for the body: from now on the request is in its hands.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).unwrap();
        assert!(go_on.starts_with(b"HTTP/1.1 100"));
        Self(stream)
    }

    fn finish(mut self) -> String {
        self.0.write_all(BODY.as_bytes()).unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[tokio::test]
async fn either_signal_stops_it_with_success_and_what_was_written_is_there() {
    let place = Place::new();
    for interrupt in [true, false] {
        let mut running = place.start(&[]).await;
        if interrupt {
            running.session("ada").await;
            running.child.signal(Signal::INT).unwrap();
        } else {
            running.child.signal(Signal::TERM).unwrap();
        }
        let status = running.child.exit(SOON).await.unwrap();
        assert_eq!(status.code(), Some(0), "{:#?}", running.child.output(None));
    }
    let report = place.json(&["verify"]);
    assert_eq!(report["collections"][0]["rows"], 1, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_hand_is_answered_before_the_end() {
    let place = Place::new();
    let mut running = place.start(&[]).await;
    let half_sent = HalfSent::to(&running);
    running.child.signal(Signal::TERM).unwrap();
    running.child.line("stopping", SOON).await.unwrap();
    let answer = tokio::task::spawn_blocking(|| half_sent.finish())
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(running.child.exit(SOON).await.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_hand_does_not_keep_the_leases_from_being_given_back() {
    let place = Place::new();
    let mut running = place.start(&[]).await;
    let primary = Connection::open(place.path().join("studyhall-data/studyhall.db")).unwrap();
    primary.busy_timeout(SOON).unwrap();
    let workers = || {
        let count = primary.query_row("select count(*) from twinbase_worker", [], |row| {
            row.get::<_, u32>(0)
        });
        count.unwrap()
    };
    wait::until("a worker with leases", SOON, async || workers() == 1).await;
    let half_sent = HalfSent::to(&running);
    running.child.signal(Signal::TERM).unwrap();
    wait::until("a worker that signed off", SOON, async || workers() == 0).await;
    // The request was not cut off meanwhile: the worker did not wait for its end.
    let answer = tokio::task::spawn_blocking(|| half_sent.finish())
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(running.child.exit(SOON).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let mut running = place.start(&[]).await;
    let _half_sent = HalfSent::to(&running);
    running.child.signal(Signal::INT).unwrap();
    running.child.line("stopping", SOON).await.unwrap();
    running.child.signal(Signal::INT).unwrap();
    assert_eq!(running.child.exit(SOON).await.unwrap().code(), Some(130));
    // Nothing is lost, and the folder is free.
    place.run(&["verify"]).expect(0, &[]);
    place.start(&[]).await.stop().await;
}

#[tokio::test]
async fn a_command_that_is_ended_says_by_which_signal() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    for (interrupt, code) in [(true, 130), (false, 143)] {
        // It waits for the lock that this connection has.
        let lock = Connection::open(place.path().join("studyhall-data/studyhall.db")).unwrap();
        lock.execute_batch("begin immediate").unwrap();
        let command = &mut place.command(&["pause", "--reason", "a test"]);
        let mut child = Child::spawn(command).unwrap();
        let status = format!("/proc/{}/status", child.id());
        wait::until("a command that handles signals", SOON, async || {
            let text = std::fs::read_to_string(&status).unwrap();
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
            // SIGINT is 2 and SIGTERM 15, counted from 1.
            caught & (1 << 1) != 0 && caught & (1 << 14) != 0
        })
        .await;
        if interrupt {
            child.signal(Signal::INT).unwrap();
        } else {
            child.signal(Signal::TERM).unwrap();
        }
        let status = child.exit(SOON).await.unwrap();
        assert_eq!(status.code(), Some(code), "{:#?}", child.output(None));
    }
}
