//! Many more people on the boards, written through the library while the program does not run.

use std::time::Duration;

use serde_json::Value;
use studyhall::domain::{EmailAddress, Password, Passwords, User, Username, community, week_of};
use studyhall_load::Place;
use twinbase::prelude::*;
use twinbase_testkit::wait;

/// How many.
pub(super) const PEOPLE: i32 = 100_000;
/// In one transaction.
const AT_ONCE: i32 = 4_000;
const APPLIED: Duration = Duration::from_mins(10);

/// Adds them, each able to sign in as the one whose login this is; returns the name of one in the middle of the boards.
pub(super) async fn add(place: &Place, login: &Value) -> anyhow::Result<String> {
    eprintln!("web: adding {PEOPLE} people");
    let data = place.data();
    let at = |kind: &str, file: &str| format!("{kind}:{}/{file}", data.display());
    let builder = community()
        .primary(&at("sqlite", "studyhall.db"))
        .replica(&at("embedded", "documents.db"));
    let twin = builder.open().await?;
    let now = twin.sides().clock.now();
    let like = somebody(&twin, login, now).await?;
    for first in (0..PEOPLE).step_by(usize::try_from(AT_ONCE)?) {
        let places = first..(first + AT_ONCE).min(PEOPLE);
        let people = places.map(|place| person(&twin, &like, place, now));
        let people = &people.collect::<anyhow::Result<Vec<_>>>()?;
        twin.write(|tx| async move { tx.insert_many(people).await })
            .await?;
    }
    let worker = twin.start_worker(WorkerOptions {
        backlog_cap: u64::MAX,
        ..WorkerOptions::default()
    })?;
    let applied = wait::within(APPLIED, async || {
        let backlog = twin.health().await.outbox.map(|outbox| outbox.backlog);
        if backlog == Some(0) {
            Ok(())
        } else {
            Err(format!("{backlog:?} pending"))
        }
    });
    applied.await.map_err(anyhow::Error::msg)?;
    worker.stop().await;
    twin.close().await;
    Ok(name(PEOPLE / 2))
}

/// Somebody on the boards, with the password of this login.
async fn somebody(twin: &Twinbase, login: &Value, now: Timestamp) -> anyhow::Result<User> {
    let password = Password::parse(login["password"].as_str().unwrap_or_default())?;
    let hash = Passwords::new().hash(&password).await?;
    let (username, email) = (
        Username::parse("crowd")?,
        EmailAddress::parse("crowd@example.org")?,
    );
    Ok(User {
        show_profile: true,
        ..User::new(twin.new_id(), username, email, hash, now)
    })
}

fn name(place: i32) -> String {
    format!("crowd-{place}")
}

/// Few have many points, and many share a number of them, as on any board.
fn person(twin: &Twinbase, like: &User, place: i32, now: Timestamp) -> anyhow::Result<User> {
    let name = name(place);
    Ok(User {
        id: twin.new_id(),
        email: EmailAddress::parse(&format!("{name}@example.org"))?,
        username: Username::parse(&name)?,
        total_points: 20_000_000 / (place + 10_000),
        points_reached_at: now,
        week: week_of(now),
        week_points: 200_000 / (place + 4_000),
        week_reached_at: now,
        ..like.clone()
    })
}
