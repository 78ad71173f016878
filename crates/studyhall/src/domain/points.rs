//! Points: the ledger of what was given and taken back, and the weeks that they count for.

use std::sync::LazyLock;

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use twinbase::prelude::*;

use super::User;

/// An entry of the ledger. Its table is no aggregate's.
#[derive(Debug)]
pub(super) struct Entry;

/// The row of an entry.
pub(super) type Row = [Assignment<Entry>; 7];

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "point_entries",
        &[
            Field::private("id", Kind::Text),
            Field::private("user_id", Kind::Text),
            Field::private("todo_id", Kind::Text).nullable(),
            Field::private("amount", Kind::Int32),
            Field::private("week", Kind::Date),
            Field::private("local_date", Kind::Date).nullable(),
            Field::private("at", Kind::Timestamp),
        ],
    )
    .into()
});
pub(super) const ID: Column<Entry, AggregateId> = Column::new("id");
pub(super) const USER_ID: Column<Entry, AggregateId> = Column::new("user_id");
pub(super) const TODO_ID: Column<Entry, Option<AggregateId>> = Column::new("todo_id");
pub(super) const AMOUNT: Column<Entry, i32> = Column::new("amount");
pub(super) const WEEK: Column<Entry, Date> = Column::new("week");
pub(super) const LOCAL_DATE: Column<Entry, Option<Date>> = Column::new("local_date");
pub(super) const AT: Column<Entry, Timestamp> = Column::new("at");

/// The week of the boards, by its Monday. It begins where the server says: at midnight in UTC, for everybody at once.
pub fn week_of(at: Timestamp) -> Date {
    let day = at.to_zoned(TimeZone::UTC).date();
    let since_monday = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(since_monday.days()).unwrap_or(day)
}

/// A Monday long before there were points: the week of who never had one, and of the points from before there was a
/// ledger. It has no points of its own.
pub(super) const NO_WEEK: Date = jiff::civil::date(1970, 1, 5);

/// What a user has, and what a change makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) total: i32,
    pub(super) week: Date,
    pub(super) of_week: i32,
    pub(super) minutes: i32,
    pub(super) minutes_of_week: i32,
}

/// When points became what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) total: Timestamp,
    pub(super) of_week: Timestamp,
}

impl Reached {
    /// Both at this time.
    pub(super) const fn at(now: Timestamp) -> Self {
        Self {
            total: now,
            of_week: now,
        }
    }
}

/// What counts for a week: positive what is given, negative what is taken back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posted {
    pub(super) week: Date,
    pub(super) points: i32,
    pub(super) minutes: i32,
}

impl Score {
    pub(super) const fn of(user: &User) -> Self {
        Self {
            total: user.total_points,
            week: user.week,
            of_week: user.week_points,
            minutes: user.total_minutes,
            minutes_of_week: user.week_minutes,
        }
    }

    /// Gives it to somebody who is not written yet, with the times of the last point and of the last minutes.
    pub(super) fn give(
        self,
        user: &mut User,
        last_point: Option<Timestamp>,
        last_minutes: Option<Timestamp>,
    ) {
        let points_of_week = last_point.filter(|at| week_of(*at) == self.week);
        if let Some(at) = last_point {
            user.points_reached_at = at;
        }
        // The week began with minutes where it has no points.
        if let Some(at) = points_of_week.or(last_minutes) {
            user.week_reached_at = at;
        }
        if let Some(at) = last_point.max(last_minutes) {
            user.updated_at = at;
        }
        user.total_points = self.total;
        user.week = self.week;
        user.week_points = self.of_week;
        user.total_minutes = self.minutes;
        user.week_minutes = self.minutes_of_week;
    }

    /// What makes it of what it was before, at this time. Who has more is placed after those who had as much already: points that
    /// changed were reached then.
    pub(super) fn set(
        self,
        before: Self,
        now: Timestamp,
        reached: Reached,
    ) -> Vec<Assignment<User>> {
        let mut set = vec![
            User::TOTAL_POINTS.set(self.total),
            User::TOTAL_MINUTES.set(self.minutes),
            User::WEEK.set(self.week),
            User::WEEK_POINTS.set(self.of_week),
            User::WEEK_MINUTES.set(self.minutes_of_week),
            User::UPDATED_AT.set(now),
        ];
        if self.total != before.total {
            set.push(User::POINTS_REACHED_AT.set(reached.total));
        }
        if (self.week, self.of_week) != (before.week, before.of_week) {
            set.push(User::WEEK_REACHED_AT.set(reached.of_week));
        }
        set
    }

    /// After these amounts, each for its week. The week that is stored is the newest that anything counts for; what
    /// counts for an older one changes that one alone, which the ledger and the sessions have.
    pub(super) fn after(mut self, posted: &[Posted]) -> Self {
        for posted in posted {
            self.total += posted.points;
            self.minutes += posted.minutes;
            if posted.week == NO_WEEK {
                continue;
            }
            if self.week < posted.week {
                (self.week, self.of_week, self.minutes_of_week) = (posted.week, 0, 0);
            }
            if self.week == posted.week {
                self.of_week = (self.of_week + posted.points).max(0);
                self.minutes_of_week = (self.minutes_of_week + posted.minutes).max(0);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn week(text: &str) -> Date {
        week_of(text.parse().expect("a time"))
    }

    #[test]
    fn weeks_begin_on_monday_in_utc_at_both_ends_of_a_year() {
        assert_eq!(week("2026-11-29T23:59:59.999Z"), date(2026, 11, 23));
        assert_eq!(week("2026-11-30T00:00:00Z"), date(2026, 11, 30));
        assert_eq!(week("2027-01-01T00:00:00Z"), date(2026, 12, 28));
        assert_eq!(week("2026-12-31T23:59:59Z"), date(2026, 12, 28));
    }

    /// Total, week's points, total minutes, week's minutes, after these points and minutes, each for its week.
    fn after(posted: &[(Date, i32, i32)]) -> (Date, [i32; 4]) {
        let none = Score {
            total: 0,
            week: NO_WEEK,
            of_week: 0,
            minutes: 0,
            minutes_of_week: 0,
        };
        let posted = posted.iter().map(|(week, points, minutes)| Posted {
            week: *week,
            points: *points,
            minutes: *minutes,
        });
        let score = none.after(&posted.collect::<Vec<_>>());
        let sums = [
            score.total,
            score.of_week,
            score.minutes,
            score.minutes_of_week,
        ];
        (score.week, sums)
    }

    #[test]
    fn an_older_week_keeps_what_it_has_and_a_new_one_begins_with_nothing() {
        let (old, new) = (date(2026, 11, 16), date(2026, 11, 23));
        assert_eq!(after(&[(old, 1, 0), (old, 1, 25)]), (old, [2, 2, 25, 25]));
        let three = [(old, 2, 25), (new, 1, 0)];
        assert_eq!(after(&three), (new, [3, 1, 25, 0]));
        // Taking something older back is no loss for this week.
        let back = [three[0], three[1], (old, -1, -25)];
        assert_eq!(after(&back), (new, [2, 1, 0, 0]));
        let none = [three[0], three[1], (new, -1, 50), (new, 0, -50)];
        assert_eq!(after(&none), (new, [2, 0, 25, 0]));
        // What was there before the ledger counts for no week.
        assert_eq!(after(&[(NO_WEEK, 1, 0)]), (NO_WEEK, [1, 0, 0, 0]));
    }
}
