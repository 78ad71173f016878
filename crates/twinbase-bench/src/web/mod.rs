//! Studyhall's pages, as a browser gets them from the started program: on the demonstration's community, while somebody writes,
//! and boards of a hundred thousand people.
//!
//! The program, not its library: what is measured has the layers, the compression and the worker that users meet.

mod beside;
mod crowd;
mod pages;
mod weight;

use std::{env, time::Instant};

use anyhow::Context as _;
use serde_json::Value;
use studyhall_load::{Client, Databases, Person, Place};

use crate::{
    report::{Bound, Figure, Measurement},
    usage,
};

/// What filling the community may take, in seconds.
const FILLED: f64 = 60.0;
/// A page is answered within this, in milliseconds.
const ANSWERED: f64 = 30.0;
/// A board of many people is answered within this.
const BOARD: f64 = 50.0;

pub(crate) async fn measure() -> anyhow::Result<Vec<Measurement>> {
    let program = env::current_exe()?.with_file_name("studyhall");
    let place = Place::new(&program, Databases::default())?;
    let (filled, login) = fill(&place).await?;
    let mut measurements = vec![filled];
    {
        let running = place.start().await?;
        let client = Client::new(running.url())?;
        let person = sign_in(&client, &login["logins"][0]).await?;
        let beside = beside::Writer::start(sign_in(&client, &login["logins"][1]).await?);
        let paths = studyhall_load::pages::of(&person).await?;
        measurements.push(weight::measure(&client, &person, &paths).await?);
        let reader = pages::Reader::new(&running, &client, &person);
        measurements.extend(reader.measure(&paths, ANSWERED, "").await?);
        measurements.push(beside.stop().await?);
        running.stop().await?;
    }
    let name = crowd::add(&place, &login["login"]).await?;
    let running = place.start().await?;
    let client = Client::new(running.url())?;
    let password = login["login"]["password"].as_str().unwrap_or_default();
    // One of the demonstration, who has friends, and one from the middle of the board.
    for (who, person) in [
        ("a busy person", sign_in(&client, &login["login"]).await?),
        ("the middle", client.sign_in(&name, password).await?),
    ] {
        let beside = beside::Writer::start(sign_in(&client, &login["logins"][1]).await?);
        let reader = pages::Reader::new(&running, &client, &person);
        let paths = studyhall_load::pages::BOARDS.map(str::to_owned);
        let of = format!(", {} people, {who}", crowd::PEOPLE);
        measurements.extend(reader.measure(&paths, BOARD, &of).await?);
        beside.stop().await?;
    }
    running.stop().await?;
    Ok(measurements)
}

/// Fills the demonstration's community, with its documents; returns also what the command printed.
async fn fill(place: &Place) -> anyhow::Result<(Measurement, Value)> {
    let own = std::process::id();
    let (began, before) = (Instant::now(), usage::cpu_of(own)?);
    let (code, filled) = place.json(&["demo", "--yes"]).await?;
    let took = began.elapsed().as_secs_f64();
    let used = usage::cpu_of(own)?.saturating_sub(before).as_secs_f64();
    anyhow::ensure!(code == Some(0), "the demonstration is not whole: {filled}");
    let measurement = Measurement {
        name: "filling the demonstration's community, wall and processor time".into(),
        figures: vec![
            Figure::new("wall", took, Some(Bound::AtMost(FILLED))),
            Figure::new("processor", used, None),
        ],
        unit: "s",
        detail: format!("{} events, with their documents", filled["events"]),
    };
    Ok((measurement, filled))
}

async fn sign_in(client: &Client, login: &Value) -> anyhow::Result<Person> {
    let text = |name: &str| login[name].as_str().context("a login without a name");
    client.sign_in(text("username")?, text("password")?).await
}
