//! Whether what `users` say of points and minutes are the sums of the ledger and of the sessions: for `verify`.

use std::fmt;

use jiff::civil::Date;
use twinbase::{
    core::{RowError, primary::PrimaryKind},
    prelude::*,
};

use crate::domain::{Error, points::NO_WEEK};

/// So many of those whose points are wrong are named.
const SAMPLES: usize = 20;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerReport {
    /// How many people were compared.
    pub people: i64,
    /// How many of them have other points or minutes than these say.
    pub wrong: i64,
    /// The first of those, by id.
    pub samples: Vec<WrongScore>,
}

/// Somebody whose points or minutes are not the sums of the ledger and of the sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongScore {
    /// Who.
    pub id: AggregateId,
    /// What `users` say.
    pub stored: Sums,
    /// What the ledger and the sessions say. Its week may be older: of what was taken back nothing is left.
    pub ledger: Sums,
}

/// Points and minutes: all, and those of the newest week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// All points.
    pub points: i64,
    /// The newest week that has points or minutes, by its Monday.
    pub week: Date,
    /// The points of the week that `users` have.
    pub week_points: i64,
    /// All minutes that count.
    pub minutes: i64,
    /// Those of the week that `users` have.
    pub week_minutes: i64,
}

impl Sums {
    fn read(row: &Row, whose: &str) -> Result<Self, RowError> {
        let number = |name: &str| row.get(&format!("{whose}_{name}"));
        Ok(Self {
            points: number("points")?,
            week: row.get(&format!("{whose}_week"))?,
            week_points: number("week_points")?,
            minutes: number("minutes")?,
            week_minutes: number("week_minutes")?,
        })
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            points,
            week,
            week_points,
            minutes,
            week_minutes,
        } = self;
        write!(
            f,
            "{points} points and {minutes} minutes, {week_points} and {week_minutes} of them of the week of {week}"
        )
    }
}

/// Compares the points of everybody with the ledger, and the minutes with the sessions: one statement, so one snapshot, in
/// which the database adds up person by person. From the primary alone.
pub async fn check_ledger(twin: &Twinbase) -> Result<LedgerReport, Error> {
    // As `week_of` has it.
    let session_week = match twin.sides().primary.kind() {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => {
            "cast(date_trunc('week', s.started_at at time zone 'UTC') as date)"
        }
        PrimaryKind::Sqlite => "date(s.started_at, '-6 days', 'weekday 1')",
    };
    let sql = format!(
        "with weeks as ( \
           select s.user_id, {session_week} as week, sum(s.counted_minutes) as minutes \
           from study_sessions s where s.counted_minutes > 0 group by s.user_id, {session_week}), \
         studied as ( \
           select w.user_id, sum(w.minutes) as minutes, max(w.week) as week, \
                  sum(case when w.week = u.week then w.minutes else 0 end) as week_minutes \
           from weeks w join users u on u.id = w.user_id group by w.user_id), \
         earned as ( \
           select e.user_id, sum(e.amount) as points, max(e.week) as week, \
                  sum(case when e.week = u.week and e.week > $1 then e.amount else 0 end) as week_points \
           from point_entries e join users u on u.id = e.user_id group by e.user_id), \
         sums as ( \
           select u.id, cast(u.total_points as bigint) as stored_points, u.week as stored_week, \
                  cast(u.week_points as bigint) as stored_week_points, cast(u.total_minutes as bigint) as stored_minutes, \
                  cast(u.week_minutes as bigint) as stored_week_minutes, \
                  cast(coalesce(e.points, 0) as bigint) as ledger_points, \
                  case when coalesce(s.week, $1) > coalesce(e.week, $1) then s.week else coalesce(e.week, $1) end as ledger_week, \
                  cast(coalesce(e.week_points, 0) as bigint) as ledger_week_points, \
                  cast(coalesce(s.minutes, 0) as bigint) as ledger_minutes, \
                  cast(coalesce(s.week_minutes, 0) as bigint) as ledger_week_minutes \
           from users u left join earned e on e.user_id = u.id left join studied s on s.user_id = u.id), \
         wrong as ( \
           select * from sums where stored_points <> ledger_points or stored_week < ledger_week \
             or stored_week_points <> ledger_week_points or stored_minutes <> ledger_minutes \
             or stored_week_minutes <> ledger_week_minutes) \
         select (select count(*) from users) as people, (select count(*) from wrong) as wrong, w.* \
         from (select 1 as one) o left join (select * from wrong order by id limit {SAMPLES}) w on o.one = 1 order by w.id"
    );
    let rows = twin.query(&sql, &[NO_WEEK.into()]).await?;
    let mut report = LedgerReport {
        people: 0,
        wrong: 0,
        samples: Vec::new(),
    };
    for row in &rows {
        (report.people, report.wrong) = (row.get("people")?, row.get("wrong")?);
        if report.wrong > 0 {
            report.samples.push(WrongScore {
                id: row.get("id")?,
                stored: Sums::read(row, "stored")?,
                ledger: Sums::read(row, "ledger")?,
            });
        }
    }
    Ok(report)
}
