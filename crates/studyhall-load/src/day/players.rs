//! The people of a day, and what is known of each: enough to do something sensible next.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use anyhow::ensure;
use rand::Rng;
use reqwest::Method;
use serde_json::json;

use crate::{Client, Person};

/// One of the people. What an act takes out of it, no other has meanwhile.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) person: Person,
    /// Ids of open todos.
    pub(super) open: Mutex<Vec<String>>,
    /// Ids of todos that are done.
    pub(super) done: Mutex<Vec<String>>,
    pub(super) timer: Mutex<Timer>,
    pub(super) has_reported: AtomicBool,
    /// Their places among the people.
    pub(super) friends: Mutex<Vec<usize>>,
}

/// What a player's timer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    Stands,
    Runs,
    /// It is being started or stopped.
    Changes,
}

/// All who act.
#[derive(Debug)]
pub(super) struct Community {
    pub(super) client: Client,
    pub(super) players: Vec<Player>,
    /// Open forms, by their ids.
    pub(super) forms: Mutex<Vec<String>>,
    /// Who is or becomes a friend of whom, the lower place first.
    pairs: Mutex<HashSet<(usize, usize)>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes one of several out.
pub(super) fn take(of: &Mutex<Vec<String>>, rng: &mut impl Rng) -> Option<String> {
    let mut of = lock(of);
    let count = of.len();
    (count > 0).then(|| of.swap_remove(rng.random_range(0..count)))
}

impl Player {
    const fn new(person: Person) -> Self {
        Self {
            person,
            open: Mutex::new(Vec::new()),
            done: Mutex::new(Vec::new()),
            timer: Mutex::new(Timer::Stands),
            has_reported: AtomicBool::new(false),
            friends: Mutex::new(Vec::new()),
        }
    }
}

impl Community {
    /// Signs so many people up, each a friend of the next.
    pub(super) async fn gather(client: &Client, people: usize) -> anyhow::Result<Self> {
        ensure!(
            people >= 2,
            "two people are needed: one alone has no friends"
        );
        let mut players = Vec::with_capacity(people);
        for place in 0..people {
            let (person, _) = client
                .sign_up(&format!("player-{place}"), "Come here")
                .await?;
            players.push(Player::new(person));
        }
        let community = Self {
            client: client.clone(),
            players,
            forms: Mutex::default(),
            pairs: Mutex::default(),
        };
        for place in 1..people {
            community.begin_friendship(place, place - 1);
            let [asker, other] = [place, place - 1].map(|at| &community.players[at].person);
            let body = json!({ "username": other.name });
            let sent = asker
                .call(Method::POST, "/friends", Some(&body), None)
                .await?;
            let accept = format!("/friends/{}/accept", asker.name);
            let accepted = other.call(Method::POST, &accept, None, None).await?;
            for reply in [sent, accepted] {
                ensure!(reply.status.is_success(), "{}", reply.text());
            }
            community.are_friends(place, place - 1);
        }
        Ok(community)
    }

    /// Whether these two are neither friends nor about to be; they are about to be then.
    pub(super) fn begin_friendship(&self, one: usize, other: usize) -> bool {
        one != other && lock(&self.pairs).insert((one.min(other), one.max(other)))
    }

    /// From now on these two can write to each other.
    pub(super) fn are_friends(&self, one: usize, other: usize) {
        lock(&self.players[one].friends).push(other);
        lock(&self.players[other].friends).push(one);
    }
}
