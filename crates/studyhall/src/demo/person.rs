//! Who the people of a community are: where they live, how they study, and since when they are there.

use jiff::{SignedDuration, Timestamp, civil::Date};
use studyhall::domain::{
    Avatar, DayStart, EmailAddress, Holidays, Invalid, PasswordHash, User, Username, WeeklyAim,
    ZoneName, with_day,
};
use twinbase::prelude::AggregateId;

use super::{
    Size,
    dice::{Dice, Purpose, earlier},
    people,
    titles::SUBJECTS,
};

/// Where people live: most in few zones, some where clocks are odd.
const ZONES: [&str; 20] = [
    "Europe/Berlin",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Istanbul",
    "America/New_York",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Asia/Kolkata",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Australia/Sydney",
    "Pacific/Kiritimati",
    "UTC",
];

/// The people that the login list names, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Has something of everything.
    Host,
    /// A friend of the host, far away.
    Friend,
    /// Has left the board.
    Quiet,
    /// Came yesterday, and has done nothing yet.
    Newcomer,
    /// Anybody else.
    Other,
}

impl Part {
    pub(super) const fn of(index: usize) -> Self {
        match index {
            0 => Self::Host,
            1 => Self::Friend,
            2 => Self::Quiet,
            3 => Self::Newcomer,
            _ => Self::Other,
        }
    }
}

/// One of the people.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: AggregateId,
    pub(super) username: Username,
    pub(super) part: Part,
    pub(super) joined: Timestamp,
    /// From then on nothing is heard of them, which happens.
    pub(super) until: Timestamp,
    /// How often they study, from 0 to 1.
    pub(super) pace: f64,
    /// How often they report a day on which they studied.
    pub(super) reporting: f64,
    pub(super) subjects: Vec<&'static str>,
    /// When they moved to another zone, and to which.
    moves: Option<(Timestamp, &'static str)>,
    zone: &'static str,
    day_start: i32,
    aim: i32,
    holidays: Option<(Date, Date)>,
}

/// Draws the people, in the order in which they are written.
pub(super) fn people(size: Size, seed: u64, now: Timestamp) -> Result<Vec<Person>, Invalid> {
    let mut dice = Dice::new(seed, Purpose::People, 0);
    let names = people::usernames(&mut dice, size.people as usize);
    let people = names.iter().enumerate();
    people
        .map(|(index, name)| person(&mut dice, index, name, size, now))
        .collect()
}

fn person(
    dice: &mut Dice,
    index: usize,
    name: &str,
    size: Size,
    now: Timestamp,
) -> Result<Person, Invalid> {
    let part = Part::of(index);
    let ago = |days: f64| earlier(now, SignedDuration::from_secs_f64(days * 86_400.0));
    let days = f64::from(size.days);
    let joined = match part {
        Part::Host | Part::Friend => ago(days),
        Part::Newcomer => ago(days.min(1.0)),
        // Most were there early.
        Part::Quiet | Part::Other => ago(days * (1.0 - 0.95 * dice.part().powi(3))),
    };
    // Whole seconds, as everything that happens here.
    let joined = dice.between(joined, joined);
    let is_shown = matches!(part, Part::Host | Part::Friend);
    let until = if part == Part::Other && dice.chance(0.2) {
        dice.between(joined, now)
    } else {
        now
    };
    Ok(Person {
        id: dice.id(joined),
        username: Username::parse(name)?,
        part,
        joined,
        until,
        // A few do most of the work, as everywhere.
        pace: if is_shown {
            0.9
        } else {
            0.2 + 0.75 * dice.part()
        },
        reporting: if is_shown { 0.85 } else { dice.part() * 0.9 },
        subjects: dice.some(&SUBJECTS, 4),
        zone: match part {
            Part::Host => "Europe/Berlin",
            Part::Friend => "Asia/Kathmandu",
            _ => dice.one(&ZONES).unwrap_or("UTC"),
        },
        day_start: if part == Part::Friend || dice.chance(0.2) {
            4
        } else {
            0
        },
        aim: if is_shown {
            5
        } else {
            3 + i32::try_from(dice.count(0..=3)).unwrap_or(0)
        },
        holidays: dice.chance(0.5).then(|| holidays(dice, joined, now)),
        moves: (part == Part::Other && dice.chance(0.1)).then(|| {
            let at = dice.between(joined, until);
            (at, dice.one(&ZONES).unwrap_or("UTC"))
        }),
    })
}

/// Two weeks off.
fn holidays(dice: &mut Dice, joined: Timestamp, now: Timestamp) -> (Date, Date) {
    let first = dice
        .between(joined, now)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    (first, first.saturating_add(jiff::Span::new().days(13)))
}

impl Person {
    /// The user as it is written first.
    pub(super) fn user(&self, password: &PasswordHash, dice: &mut Dice) -> Result<User, Invalid> {
        let name = &self.username;
        let email = EmailAddress::parse(&format!("{name}@example.org"))?;
        let picture = format!("https://pictures.example.org/{name}.png");
        let picture = dice.chance(0.6).then(|| Avatar::parse(&picture));
        let is_shown = match self.part {
            Part::Host | Part::Friend | Part::Newcomer => true,
            Part::Quiet => false,
            Part::Other => dice.chance(0.9),
        };
        Ok(User {
            show_profile: is_shown,
            avatar: picture.transpose()?,
            time_zone: ZoneName::parse(self.zone)?,
            day_start: DayStart::new(self.day_start)?,
            weekly_aim: WeeklyAim::new(self.aim)?,
            holidays: self.holidays(),
            ..User::new(
                self.id.clone(),
                name.clone(),
                email,
                password.clone(),
                self.joined,
            )
        })
    }

    /// Whether and when they came to live by another clock, and the user as it is then.
    pub(super) fn moved(&self, user: &User) -> Result<Option<(Timestamp, User)>, Invalid> {
        let Some((at, zone)) = self.moves else {
            return Ok(None);
        };
        let moved = with_day(user, ZoneName::parse(zone)?, user.day_start, at);
        Ok(moved.map(|user| {
            let updated_at = at;
            (at, User { updated_at, ..user })
        }))
    }

    /// Days off, of people who name them: not of those who are shown.
    fn holidays(&self) -> Holidays {
        let off = self.holidays.filter(|_| self.part == Part::Other);
        let days = off.map(|(first, last)| studyhall::domain::days(first, last).collect());
        days.and_then(Holidays::of).unwrap_or_default()
    }
}
