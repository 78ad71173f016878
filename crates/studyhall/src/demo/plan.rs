//! What a community consists of: a function of its size, a seed and the time, and of nothing else.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng as _, rngs::StdRng};

use super::{people, titles};

/// A community did not begin yesterday.
const HISTORY_HOURS: i64 = 120 * 24;

/// How large a community is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// People.
    pub(crate) users: u32,
    /// Todos of all people together.
    pub(crate) todos: u32,
}

/// A community to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Its people; the first shows the profile, so that there is somebody to sign in as and to be seen.
    pub(crate) users: Vec<PlannedUser>,
}

/// One of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedUser {
    pub(crate) username: String,
    pub(crate) has_picture: bool,
    pub(crate) show_profile: bool,
    pub(crate) joined: Timestamp,
    /// In order of time.
    pub(crate) todos: Vec<PlannedTodo>,
}

/// One of their todos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedTodo {
    /// What makes its id differ from others of the same moment.
    pub(crate) salt: [u8; 10],
    pub(crate) title: String,
    pub(crate) created: Timestamp,
    pub(crate) due: Option<Timestamp>,
    pub(crate) completed: Option<Timestamp>,
}

impl PlannedUser {
    /// One for every completed todo.
    pub(crate) fn points(&self) -> usize {
        self.todos.iter().filter(|t| t.completed.is_some()).count()
    }
}

/// Draws a community.
pub(crate) fn plan(size: Size, seed: u64, now: Timestamp) -> Plan {
    let mut rng = StdRng::seed_from_u64(seed);
    let names = people::usernames(&mut rng, size.users as usize);
    // A few do most of the work, as everywhere.
    let weights: Vec<f64> = names
        .iter()
        .map(|_| rng.random::<f64>().powi(3) + 0.05)
        .collect();
    let counts = shares(size.todos as usize, &weights);
    let users = names.into_iter().zip(counts).enumerate();
    Plan {
        users: users
            .map(|(index, (username, todos))| PlannedUser {
                show_profile: index == 0 || rng.random_bool(0.85),
                has_picture: rng.random_bool(0.6),
                ..user(&mut rng, username, todos, now)
            })
            .collect(),
    }
}

fn user(rng: &mut StdRng, username: String, todos: usize, now: Timestamp) -> PlannedUser {
    let joined = ago(now, rng.random_range(HISTORY_HOURS / 4..HISTORY_HOURS));
    let diligence = rng.random_range(0.3..0.95);
    let mut todos: Vec<_> = (0..todos)
        .map(|_| todo(rng, joined, diligence, now))
        .collect();
    todos.sort_by_key(|todo| todo.created);
    PlannedUser {
        username,
        has_picture: false,
        show_profile: false,
        joined,
        todos,
    }
}

fn todo(rng: &mut StdRng, joined: Timestamp, diligence: f64, now: Timestamp) -> PlannedTodo {
    let minutes = now.duration_since(joined).as_mins().max(1);
    let created = later(joined, rng.random_range(0..minutes));
    let took = rng.random_range(10..12 * 24 * 60);
    let done = rng.random_bool(diligence).then(|| later(created, took));
    let due = rng
        .random_bool(0.7)
        .then(|| later(created, rng.random_range(1..15) * 24 * 60));
    PlannedTodo {
        salt: rng.random(),
        title: titles::title(rng),
        created,
        due,
        // What would be done in the future is not done yet.
        completed: done.filter(|at| *at <= now),
    }
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours))
        .unwrap_or(now)
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(minutes))
        .unwrap_or(at)
}

/// Splits `total` by weight; the shares add up to it.
fn shares(total: usize, weights: &[f64]) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let (mut shares, mut before, mut given) = (Vec::new(), 0.0, 0);
    for weight in weights {
        before += weight;
        let until = if shares.len() + 1 == weights.len() {
            total
        } else {
            rounded(before / sum, total)
        };
        shares.push(until - given);
        given = until;
    }
    shares
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a part of a count of at most a million, from 0 to 1"
)]
fn rounded(part: f64, total: usize) -> usize {
    ((part * total as f64).round() as usize).min(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(seed: u64) -> Plan {
        let size = Size {
            users: 20,
            todos: 501,
        };
        plan(size, seed, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_same_seed_makes_the_same_community() {
        assert_eq!(small(7), small(7));
        assert_ne!(small(7), small(8));
    }

    #[test]
    fn a_community_has_the_size_that_was_asked_for() {
        let plan = small(1);
        assert_eq!(plan.users.len(), 20);
        assert_eq!(plan.users.iter().map(|u| u.todos.len()).sum::<usize>(), 501);
        assert!(plan.users[0].show_profile);
    }

    #[test]
    fn nothing_is_done_before_it_was_written_down_or_in_the_future() {
        for user in small(1).users {
            for todo in user.todos {
                assert!(user.joined <= todo.created && todo.created <= Timestamp::UNIX_EPOCH);
                if let Some(done) = todo.completed {
                    assert!(todo.created < done && done <= Timestamp::UNIX_EPOCH);
                }
            }
        }
    }

    #[test]
    fn a_community_of_the_largest_size_has_enough_names() {
        let size = Size {
            users: 10_000,
            todos: 0,
        };
        assert_eq!(plan(size, 1, Timestamp::UNIX_EPOCH).users.len(), 10_000);
    }
}
