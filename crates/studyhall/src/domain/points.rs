//! Points: the ledger of what was given and taken back, and the weeks that they count for.

use std::sync::LazyLock;

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use twinbase::prelude::*;

use super::User;

/// An entry of the ledger. Its table is no aggregate's.
#[derive(Debug)]
pub(super) struct Entry;

/// The row of an entry.
pub(super) type Row = [Assignment<Entry>; 6];

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "point_entries",
        &[
            Field::private("id", Kind::Text),
            Field::private("user_id", Kind::Text),
            Field::private("todo_id", Kind::Text).nullable(),
            Field::private("amount", Kind::Int32),
            Field::private("week", Kind::Date),
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
}

impl Score {
    pub(super) const fn of(user: &User) -> Self {
        Self {
            total: user.total_points,
            week: user.week,
            of_week: user.week_points,
        }
    }

    /// Gives it to somebody who is not written yet, and who has it since a time in its week.
    pub(super) fn give(self, user: &mut User, since: Timestamp) {
        user.total_points = self.total;
        user.points_reached_at = since;
        user.week = self.week;
        user.week_points = self.of_week;
        user.week_reached_at = since;
        user.updated_at = since;
    }

    /// What makes it of what it was before, at this time. Who has more is placed after those who had as much already.
    pub(super) fn set(self, before: Self, now: Timestamp) -> Vec<Assignment<User>> {
        let mut set = vec![
            User::TOTAL_POINTS.set(self.total),
            User::POINTS_REACHED_AT.set(now),
            User::UPDATED_AT.set(now),
        ];
        if (self.week, self.of_week) != (before.week, before.of_week) {
            set.extend([
                User::WEEK.set(self.week),
                User::WEEK_POINTS.set(self.of_week),
                User::WEEK_REACHED_AT.set(now),
            ]);
        }
        set
    }

    /// After these amounts, each for its week. The week that is stored is the newest that anything counts for; what
    /// counts for an older one changes that one alone, which the ledger has.
    pub(super) fn after(mut self, posted: &[(Date, i32)]) -> Self {
        for (week, amount) in posted {
            self.total += amount;
            if *week == NO_WEEK {
                continue;
            }
            if self.week < *week {
                (self.week, self.of_week) = (*week, 0);
            }
            if self.week == *week {
                self.of_week = (self.of_week + amount).max(0);
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

    #[test]
    fn an_older_week_keeps_what_it_has_and_a_new_one_begins_with_nothing() {
        let (old, new) = (date(2026, 11, 16), date(2026, 11, 23));
        let none = Score {
            total: 0,
            week: NO_WEEK,
            of_week: 0,
        };
        let two = none.after(&[(old, 1), (old, 1)]);
        assert_eq!(
            two,
            Score {
                total: 2,
                week: old,
                of_week: 2
            }
        );
        let three = two.after(&[(new, 1)]);
        assert_eq!(
            three,
            Score {
                total: 3,
                week: new,
                of_week: 1
            }
        );
        // What was there before the ledger counts for no week.
        assert_eq!(none.after(&[(NO_WEEK, 1)]), Score { total: 1, ..none });
        // Taking an older point back is no loss for this week.
        assert_eq!(three.after(&[(old, -1)]), Score { total: 2, ..three });
        assert_eq!(
            three.after(&[(new, -1)]),
            Score {
                total: 2,
                week: new,
                of_week: 0
            }
        );
    }
}
