//! Kills workers, writers, a repair and whoever has collections rebuilt while they work, suspends a worker now and then, and checks in the end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{
    app, evidence,
    fleet::{Member, Role},
    ground::{Combination, Ground},
    sleeper::Sleeper,
};

/// After so many kills each, a worker is suspended: that takes as long as its leases hold.
const KILLS_OF_A_PAUSE: u64 = 18;

/// Kill workers and writers while they work, suspend workers past their leases, then check that nothing was lost.
#[derive(Args)]
pub(crate) struct Arguments {
    /// For how long, all combinations together.
    #[arg(long, required_unless_present = "kills")]
    minutes: Option<f64>,
    /// How many kills of each combination.
    #[arg(long)]
    kills: Option<u64>,
    /// The seed of an earlier run; a new one when it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these databases.
    #[arg(long, value_enum, value_delimiter = ',')]
    combination: Vec<Combination>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut combinations = arguments.combination;
    if combinations.is_empty() {
        combinations = vec![
            Combination::PostgresMongodb,
            Combination::SqliteEmbedded,
            Combination::PostgresEmbedded,
            Combination::SqliteMongodb,
        ];
    }
    let share = u32::try_from(combinations.len())?;
    let time = arguments
        .minutes
        .map(|minutes| Duration::try_from_secs_f64(minutes * 60.0))
        .transpose()
        .context("read the minutes")?;
    let limits = Limits {
        time: time.map(|time| time / share),
        kills: arguments.kills,
    };
    for combination in combinations {
        let seed = arguments.seed.unwrap_or_else(|| rand::rng().random());
        println!("{}: seed {seed}", combination.name());
        torture(combination, seed, &limits)
            .await
            .with_context(|| format!("{} with seed {seed}", combination.name()))?;
    }
    Ok(())
}

/// When to stop.
struct Limits {
    time: Option<Duration>,
    kills: Option<u64>,
}

impl Limits {
    fn reached(&self, began: Instant, kills: u64) -> bool {
        self.time.is_some_and(|time| began.elapsed() >= time)
            || self.kills.is_some_and(|enough| kills >= enough)
    }
}

async fn torture(combination: Combination, seed: u64, limits: &Limits) -> anyhow::Result<()> {
    let began = Instant::now();
    let random = &mut StdRng::seed_from_u64(seed);
    let ground = Ground::new(combination).await?;
    let twin = app::open(&ground.primary, &ground.replica).await?;
    twin.migrate().await?;
    let worker = Role::Worker;
    let mut fleet = Vec::new();
    let roles = [
        worker.clone(),
        worker,
        Role::Writer,
        Role::Writer,
        Role::Repairer,
        Role::Rebuilder,
    ];
    for (number, role) in (0..).zip(roles) {
        fleet.push(Member::start(&ground, role, number, random.random())?);
    }
    let (mut kills, mut sleeper) = (0, Sleeper::default());
    while !limits.reached(began, kills) {
        if kills % KILLS_OF_A_PAUSE == KILLS_OF_A_PAUSE / 2 {
            let number = random.random_range(0..2);
            fleet[number].progressed(random.random_range(1..60)).await?;
            let until = kills + random.random_range(1..4);
            sleeper.suspend(&mut fleet, number, until, &twin).await?;
        }
        let number = random.random_range(0..6);
        // Anywhere from its first sign of life to well into its work.
        let progress = random.random_range(1..60);
        let victim = (number as usize, progress);
        sleeper.make_way(&mut fleet, victim, kills).await?;
        let victim = &mut fleet[number as usize];
        victim.progressed(progress).await?;
        victim.kill()?;
        victim.restart(&ground, number, random.random())?;
        kills += 1;
    }
    sleeper.wake(&mut fleet)?;
    let (workers, others) = fleet.split_at_mut(2);
    for other in others {
        other.progressed(1).await?;
        other.kill()?;
    }
    super::repairer::mend(&twin).await?;
    evidence::drained(&twin).await?;
    let rebuilt = evidence::rebuilds_end(&twin).await?;
    for worker in workers {
        worker.stop().await?;
    }
    let found = evidence::check(&twin, ground.folder(), kills).await?;
    let taken_back = evidence::taken_back(&twin).await?;
    ensure!(found.acknowledged > 0, "nothing was acknowledged");
    twin.close().await;
    println!(
        "{}: {kills} kills, {} pauses, {} writes acknowledged, {} events applied, {} set aside by chance, {rebuilt} collections made and {taken_back} taken back at the end, nothing lost; {:.1} s, seed {seed}",
        combination.name(),
        sleeper.pauses(),
        found.acknowledged,
        found.applied,
        found.set_aside,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}
