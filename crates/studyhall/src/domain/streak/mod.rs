//! Streaks: a pure function of the days on which somebody studied.
//!
//! A streak counts days of study. A week, which begins on Monday, may miss as many days as its aim leaves: two with an aim
//! of five. From the next missed day on the aim cannot be reached any more, and each such day takes a freeze of its
//! month; without one left the streak ends. Holidays and excused days are neither study nor missed. What was
//! missed while there was no streak counts for nothing, and takes no freeze.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Serialize;

/// How many missed days a month forgives.
pub const FREEZES_A_MONTH: u32 = 2;

/// How many days the answer shows one by one.
const SHOWN: usize = 7;

/// What a day was for the streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DayState {
    /// There was study.
    Active,
    /// There was none.
    Missed,
    /// There was none, and a freeze was spent on it.
    Frozen,
    /// A holiday, or a date that a journey skipped.
    Excused,
    /// Today, while there may still be study.
    Open,
}

/// A day and what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The date.
    pub date: Date,
    /// What it was.
    pub state: DayState,
}

/// A streak as it is today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Streak {
    /// Days of study in it; 0 when there is none.
    pub days: u32,
    /// The longest there ever was.
    pub longest: u32,
    /// On how many days of a week one wants to study.
    pub weekly_aim: i32,
    /// Days of study in this week.
    pub this_week: u32,
    /// Freezes that are left in this month.
    pub freezes_left: u32,
    /// The last seven days, today last.
    pub last_days: Vec<Day>,
}

/// What a streak is counted from.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Dates with study.
    pub active: BTreeSet<Date>,
    /// Dates that are not missed when there is none.
    pub excused: BTreeSet<Date>,
    /// The aims of before, each with the first date on which it no longer held, in their order.
    pub former_aims: Vec<(i32, Date)>,
}

/// Counts the streak as of `today`, with an aim of 1 to 7 days a week. Each day counts by the aim that it had.
pub fn streak(record: &Record, weekly_aim: i32, today: Date) -> Streak {
    let mut count = Count::default();
    let aim_of = |date: Date| {
        let mut former = record.former_aims.iter();
        let held = former.find(|(_, until)| date < *until);
        held.map_or(weekly_aim, |(aim, _)| *aim)
    };
    let shown_from = back(today, SHOWN - 1);
    let first = record.active.first().copied().unwrap_or(today);
    let mut last_days = Vec::with_capacity(SHOWN);
    for date in days(first.min(shown_from), today) {
        let aim = u32::try_from(aim_of(date).clamp(1, 7)).unwrap_or(7);
        count.may_miss = 7 - aim;
        let state = count.day(date, record, date == today);
        if date >= shown_from {
            last_days.push(Day { date, state });
        }
    }
    let monday = back(today, days_since_monday(today));
    let this_week = record.active.range(monday..=today).count();
    Streak {
        days: count.streak,
        longest: count.longest,
        weekly_aim,
        this_week: u32::try_from(this_week).unwrap_or(7),
        freezes_left: FREEZES_A_MONTH - count.spent_in(today),
        last_days,
    }
}

#[derive(Default)]
struct Count {
    /// By the aim of the day.
    may_miss: u32,
    streak: u32,
    longest: u32,
    missed_this_week: u32,
    /// Freezes spent, by year and month.
    spent: BTreeMap<(i16, i8), u32>,
}

impl Count {
    fn day(&mut self, date: Date, record: &Record, is_today: bool) -> DayState {
        if date.weekday() == Weekday::Monday {
            self.missed_this_week = 0;
        }
        if record.active.contains(&date) {
            self.streak += 1;
            self.longest = self.longest.max(self.streak);
            return DayState::Active;
        }
        if record.excused.contains(&date) {
            return DayState::Excused;
        }
        if is_today {
            return DayState::Open;
        }
        if self.streak == 0 {
            return DayState::Missed;
        }
        self.missed_this_week += 1;
        if self.missed_this_week <= self.may_miss {
            return DayState::Missed;
        }
        let spent = self.spent.entry((date.year(), date.month())).or_default();
        if *spent < FREEZES_A_MONTH {
            *spent += 1;
            return DayState::Frozen;
        }
        self.streak = 0;
        self.missed_this_week = 0;
        DayState::Missed
    }

    fn spent_in(&self, date: Date) -> u32 {
        let month = (date.year(), date.month());
        self.spent.get(&month).copied().unwrap_or(0)
    }
}

/// All days from one to another, both included.
pub fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    let days = from.series(jiff::Span::new().days(1));
    days.take_while(move |date| *date <= to)
}

fn days_since_monday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)
}

fn back(date: Date, days: usize) -> Date {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    date.saturating_sub(jiff::SignedDuration::from_hours(24 * days))
}

#[cfg(test)]
mod tests;
