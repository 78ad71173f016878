//! A believable community: a function of its size, a seed and the time, and of nothing else. It is written through the same
//! path as everything else, set-wise.

mod dice;
mod fill;
mod forms;
mod life;
mod people;
mod person;
mod questionnaires;
mod talk;
mod ties;
mod titles;

use jiff::Timestamp;
use studyhall::domain::{Invalid, PasswordHash, Username, commands::Past};

pub(crate) use fill::{Filled, fill, known};

/// How large a community is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// People.
    pub(crate) people: u32,
    /// Since when there are any.
    pub(crate) days: u32,
}

/// A community to be written.
pub(crate) struct Community {
    people: Vec<person::Person>,
    size: Size,
    seed: u64,
    now: Timestamp,
    password: PasswordHash,
}

impl Community {
    /// Draws who is in it.
    pub(crate) fn new(
        size: Size,
        seed: u64,
        now: Timestamp,
        password: PasswordHash,
    ) -> Result<Self, Invalid> {
        // Whole seconds: every time is one, and none is later.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Ok(Self {
            people: person::people(size, seed, now)?,
            size,
            seed,
            now,
            password,
        })
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Username> {
        self.people.iter().map(|person| &person.username)
    }

    /// How many parts it has: the people, and the forms.
    pub(crate) fn parts(&self) -> usize {
        self.people.len() + forms::count(self.people.len())
    }

    /// A part, which rests on those before: what a person did and has with earlier ones, or a form with its responses.
    pub(crate) fn part(&self, index: usize) -> Result<Past, Invalid> {
        let (people, seed, now) = (&self.people, self.seed, self.now);
        let Some(person) = people.get(index) else {
            return forms::form(people, index - people.len(), seed, now);
        };
        let mut past = life::life(person, &self.password, seed, index, now)?;
        past.append(ties::ties(people, index, seed, self.size.days, now)?);
        Ok(past)
    }

    /// Whom to sign in as, each with what is to be seen then.
    pub(crate) fn logins(&self) -> impl Iterator<Item = (&Username, &'static str)> {
        const SEEN: [&str; 4] = [
            "friends, messages, a running session, an open form",
            "a friend of the first, in Kathmandu, whose day begins at 4",
            "somebody who has left the board",
            "new since yesterday: nothing yet",
        ];
        self.names().zip(SEEN)
    }
}

#[cfg(test)]
mod tests;
