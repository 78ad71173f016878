//! How much a user studied, day by day, from sessions and reports together.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use twinbase::{bson::Bson, core::RowError, prelude::*};

use super::Freshness;
use crate::domain::{Error, Report, StudySession};

/// What there is of one day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StudyDay {
    /// Minutes of sessions.
    pub minutes: i64,
    /// Those that count.
    pub counted_minutes: i64,
    /// What the day's report says, when there is one: hours, and completion in percent.
    pub report: Option<(f64, f64)>,
}

impl StudyDay {
    /// Whether it counts for a streak: the server measured study, or a report was written.
    pub const fn is_active(&self) -> bool {
        self.counted_minutes > 0 || self.report.is_some()
    }
}

/// Days with sessions or a report, by their stored dates.
pub type StudyDays = BTreeMap<Date, StudyDay>;

/// The first and the last day of what is asked for.
pub type Dates = (Date, Date);

/// A user's days of study from one date to another, or all of them.
pub async fn study_days(
    twin: &Twinbase,
    user: &AggregateId,
    dates: Option<Dates>,
    freshness: &Freshness,
) -> Result<Answer<StudyDays>, Error> {
    freshness
        .read(
            // Two reads at once, each with all that a read may need.
            Box::pin(study_days_from_replica(twin, user, dates, freshness)),
            study_days_from_primary(twin, user, dates),
        )
        .await
}

/// The same from the replica alone.
pub(super) async fn study_days_from_replica(
    twin: &Twinbase,
    user: &AggregateId,
    dates: Option<Dates>,
    freshness: &Freshness,
) -> Result<Answer<StudyDays>, ReadError> {
    let mut own = doc! { "userId": user.as_str() };
    if let Some((from, to)) = dates {
        let within = doc! { "$gte": from.to_string(), "$lte": to.to_string() };
        own.insert("localDate", within);
    }
    let of_sessions = freshness.collection::<StudySession>(twin);
    let sessions = of_sessions.aggregate(vec![
        doc! { "$match": own.clone() },
        doc! { "$group": {
            "_id": "$localDate",
            "minutes": { "$sum": "$minutes" },
            "countedMinutes": { "$sum": "$countedMinutes" },
        } },
    ]);
    // One a day: there is nothing to group.
    let of_reports = freshness.collection::<Report>(twin);
    let reports = of_reports.aggregate(vec![
        doc! { "$match": own },
        doc! { "$project": { "_id": "$localDate", "studyHours": 1, "completionPct": 1 } },
    ]);
    let (sessions, reports) = tokio::try_join!(sessions, reports)?;
    Ok(sessions.zip(reports).map(|(sessions, reports)| {
        let mut days = StudyDays::new();
        for group in &sessions {
            if let Some(day) = day_of(&mut days, group) {
                day.minutes = whole(group, "minutes");
                day.counted_minutes = whole(group, "countedMinutes");
            }
        }
        for report in &reports {
            let hours = report.get_f64("studyHours").unwrap_or_default();
            let completion = report.get_f64("completionPct").unwrap_or_default();
            if let Some(day) = day_of(&mut days, report) {
                day.report = Some((hours, completion));
            }
        }
        days
    }))
}

/// The day that a document is about; none where another program wrote what is no date.
fn day_of<'a>(days: &'a mut StudyDays, document: &Document) -> Option<&'a mut StudyDay> {
    let date = document.get_str("_id").ok()?.parse().ok()?;
    Some(days.entry(date).or_default())
}

fn whole(document: &Document, name: &str) -> i64 {
    match document.get(name) {
        Some(Bson::Int32(number)) => i64::from(*number),
        Some(Bson::Int64(number)) => *number,
        _ => 0,
    }
}

/// The same from the primary alone.
pub(super) async fn study_days_from_primary(
    twin: &Twinbase,
    user: &AggregateId,
    dates: Option<Dates>,
) -> Result<StudyDays, Error> {
    let sessions = "select local_date, cast(sum(minutes) as bigint) as minutes, \
                    cast(sum(counted_minutes) as bigint) as counted_minutes \
                    from study_sessions where user_id = $1 group by local_date";
    let reports =
        "select local_date, study_hours, completion_pct from daily_reports where user_id = $1";
    let sessions = twin.query(sessions, &[user.into()]).await?;
    let reports = twin.query(reports, &[user.into()]).await?;
    let days = gather(&sessions, &reports).map_err(|error| PrimaryError::InvalidStatement {
        operation: "read days of study",
        reason: error.to_string(),
    })?;
    let Some((from, to)) = dates else {
        return Ok(days);
    };
    let days = days.into_iter();
    Ok(days
        .filter(|(date, _)| (from..=to).contains(date))
        .collect())
}

fn gather(sessions: &[Row], reports: &[Row]) -> Result<StudyDays, RowError> {
    let mut days = StudyDays::new();
    for row in sessions {
        let day = days.entry(row.get("local_date")?).or_default();
        day.minutes = row.get("minutes")?;
        day.counted_minutes = row.get("counted_minutes")?;
    }
    for row in reports {
        let day = days.entry(row.get("local_date")?).or_default();
        day.report = Some((row.get("study_hours")?, row.get("completion_pct")?));
    }
    Ok(days)
}

/// How days are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Each by itself.
    Day,
    /// From Monday to Sunday.
    Week,
    /// By the calendar.
    Month,
}

impl Period {
    /// The first day of the period that a date is in.
    pub fn first_day(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                date.saturating_sub(jiff::Span::new().days(since_monday))
            }
            Self::Month => date.first_of_month(),
        }
    }
}

/// What there is of a period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StudyTotals {
    /// Minutes of sessions.
    pub minutes: i64,
    /// Those that count.
    pub counted_minutes: i64,
    /// Hours that reports say, to a hundredth.
    pub total_hours: f64,
    /// The average completion that reports say, in percent to a hundredth; null without any.
    pub avg_completion: Option<f64>,
    /// How many reports there are.
    pub reports: u32,
    /// How many days count for a streak.
    pub active_days: u32,
}

impl StudyTotals {
    /// Of these days together.
    pub fn of<'a>(days: impl IntoIterator<Item = &'a StudyDay>) -> Self {
        let (mut all, mut completion) = (Self::default(), 0.0);
        for day in days {
            all.minutes += day.minutes;
            all.counted_minutes += day.counted_minutes;
            all.active_days += u32::from(day.is_active());
            if let Some((hours, done)) = day.report {
                all.total_hours += hours;
                completion += done;
                all.reports += 1;
            }
        }
        all.total_hours = hundredths(all.total_hours);
        let average = || hundredths(completion / f64::from(all.reports));
        all.avg_completion = (all.reports > 0).then(average);
        all
    }
}

/// A number for people, without what the binary form of its sum adds.
pub(super) fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// The totals of each period that has days, in order, by its first day.
pub fn by_period(days: &StudyDays, period: Period) -> Vec<(Date, StudyTotals)> {
    let mut periods = BTreeMap::<Date, Vec<&StudyDay>>::new();
    for (date, day) in days {
        let first = period.first_day(*date);
        periods.entry(first).or_default().push(day);
    }
    let totals = periods.into_iter();
    totals
        .map(|(first, days)| (first, StudyTotals::of(days)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_averages_have_no_noise() {
        let day = |report| StudyDay {
            report: Some(report),
            ..StudyDay::default()
        };
        let days = [day((0.1, 50.0)), day((0.2, 50.0)), day((0.4, 100.0))];
        let totals = StudyTotals::of(&days);
        assert_eq!(totals.total_hours.to_string(), "0.7");
        assert_eq!(totals.avg_completion, Some(66.67));
    }
}
