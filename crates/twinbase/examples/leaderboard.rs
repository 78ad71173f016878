//! Two aggregates in one transaction, and a leaderboard that has seen it.
//!
//! `cargo run -p twinbase --example leaderboard` uses embedded databases in a
//! temporary folder; `DATABASE_URL` and `MONGODB_URL` name others.

use std::{env, error::Error, time::Duration};

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

/// A player with points.
#[derive(Debug, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "player", table = "players", index(by_points = [points desc]))]
struct Player {
    #[key]
    id: AggregateId,
    name: String,
    points: i32,
}

/// A game that a player has won.
#[derive(Debug, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "game", table = "games")]
struct Game {
    #[key]
    id: AggregateId,
    #[fixed]
    winner: AggregateId,
}

fn migrations() -> MigrationSet {
    MigrationSet {
        name: "leaderboard",
        migrations: vec![Migration {
            number: 1,
            name: "players_and_games",
            sql: |_| {
                "create table if not exists players (id text primary key, name text not null, points integer not null);
                create table if not exists games (id text primary key, winner text not null)"
            },
        }],
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let primary = env::var("DATABASE_URL").unwrap_or(format!("sqlite:{}", file("app.db")));
    let replica = env::var("MONGODB_URL").unwrap_or(format!("embedded:{}", file("documents.db")));
    let twin = Twinbase::builder()
        .primary(&primary)
        .replica(&replica)
        .aggregate::<Player>()
        .aggregate::<Game>()
        .migrations(migrations())
        .open()
        .await?;
    twin.migrate().await?;
    let worker = twin.start_worker(WorkerOptions::default())?;

    let mut last = Token::default();
    for (name, wins) in [("Ada", 3), ("Grace", 5), ("Edsger", 2)] {
        let player = Player {
            id: twin.new_id(),
            name: name.into(),
            points: 0,
        };
        last.merge(twin.insert(&player).await?.token());
        for _ in 0..wins {
            let game = Game {
                id: twin.new_id(),
                winner: player.id.clone(),
            };
            let (game, winner) = (&game, &player.id);
            // The game, the point and both events: all or nothing.
            let ((), token) = twin
                .write(|tx| async move {
                    tx.insert(game).await?;
                    tx.update(winner, [Player::POINTS.increase(1)]).await?;
                    Ok::<_, PrimaryError>(())
                })
                .await?;
            last.merge(token);
        }
    }

    let leaderboard = twin
        .collection::<Player>()
        .at_least(&last, Duration::from_secs(5))
        .find(doc! {})
        .sort(doc! { "points": -1 })
        .limit(10)
        .all()
        .await?;
    for player in leaderboard.value {
        println!("{:3}  {}", player.points, player.name);
    }
    let report = twin.verify(|_, _| {}).await?;
    println!("both sides agree: {}", report.is_clean());
    worker.stop().await;
    twin.close().await;
    Ok(())
}
