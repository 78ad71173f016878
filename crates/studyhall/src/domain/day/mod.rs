//! The day of a user: which date an instant belongs to, by the user's own zone and the hour at which the day begins.
//!
//! Pure. A date is stored when something is written and never computed again.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::{Invalid, Part, Place};

use super::{FormerDay, User, UserChange};

twinbase_web::text! {
    /// The name of a time zone in the IANA database, such as `Europe/Berlin`.
    pub struct ZoneName: Rules::of(1, 64).and(check_zone);
}

twinbase_web::number! {
    /// The hour on the clock at which a day begins: who studies past midnight may want 4.
    #[derive(Eq, Default)]
    pub struct DayStart: i32 in 0..=23;
    /// On how many days of a week one wants to study.
    #[derive(Eq)]
    pub struct WeeklyAim: i32 in 1..=7;
}

/// What a browser says that does not know where it is.
const UNKNOWN: &str = "Etc/Unknown";

/// A zone as people type it: in any case of letters, and with spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedZone(pub ZoneName);

impl TypedZone {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().replace(' ', "_");
        if text == UNKNOWN {
            return Ok(Self(ZoneName::default()));
        }
        let zone = ZONES.get(&text).ok();
        let name = zone.as_ref().and_then(TimeZone::iana_name);
        ZoneName::parse(name.unwrap_or(&text)).map(Self)
    }
}

impl Part for TypedZone {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.text(&value, Self::parse)
    }

    fn schema() -> Value {
        ZoneName::schema()
    }
}

/// The names of all zones of places, to choose from.
pub fn zone_names() -> impl Iterator<Item = String> {
    let all = ZONES.available().map(|name| name.as_str().to_owned());
    all.filter(|name| {
        let area = name.split('/').next().unwrap_or_default();
        AREAS.contains(&area) && area != name
    })
}

/// What the names of places begin with; others are kept for old programs.
const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// The zones that the program was built with: the same on every machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn check_zone(name: &str) -> Result<(), &'static str> {
    let zone = ZONES.get(name).ok();
    let zone = zone.filter(|zone| zone.iana_name() == Some(name));
    zone.map(drop)
        .ok_or("must be the name of a time zone such as Europe/Berlin or UTC")
}

impl Default for ZoneName {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl Default for WeeklyAim {
    fn default() -> Self {
        Self(5)
    }
}

/// A clock by which a user lives, from a change of zone or hour on.
#[derive(Debug, Clone)]
struct Clock {
    zone: TimeZone,
    begins_at_hour: i8,
    /// The change, and the date that the user had reached by then; `None` of the first clock.
    changed: Option<(Timestamp, Date)>,
}

/// How instants become dates for one user.
#[derive(Debug, Clone)]
pub struct Calendar {
    clock: Clock,
    /// The clocks of before, oldest first.
    former: Vec<Clock>,
}

impl Calendar {
    /// The calendar of a user. What another program wrote and is no zone counts as UTC.
    pub fn of(user: &User) -> Self {
        let former = user.former_settings.days.iter().map(Clock::of);
        Self {
            clock: Clock::of(&day_of(user)),
            former: former.collect(),
        }
    }

    /// The user's zone.
    pub const fn zone(&self) -> &TimeZone {
        &self.clock.zone
    }

    /// The date that an instant belongs to, by the clock of that time. It never goes back as time goes on, whatever zone the
    /// user moves to: after a change it waits at the date that was reached.
    pub fn date(&self, at: Timestamp) -> Date {
        let mut clocks = std::iter::once(&self.clock).chain(self.former.iter().rev());
        if let Some(clock) = clocks.find(|clock| clock.is_in_force(at)) {
            let date = clock.plain_date(at);
            return clock.changed.map_or(date, |(_, floor)| date.max(floor));
        }
        // Before all that is known: by the first clock that is, and not after the date that was reached by its beginning.
        let clock = self.former.first().unwrap_or(&self.clock);
        let date = clock.plain_date(at);
        clock.changed.map_or(date, |(_, floor)| date.min(floor))
    }

    /// An instant as the user's clock shows it.
    pub fn shown(&self, at: Timestamp) -> String {
        let on_the_clock = at.to_zoned(self.clock.zone.clone());
        on_the_clock.strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// When the date that it is at `now` began: at a change of zone or hour, where the user waits at the date that
    /// was reached.
    pub fn began(&self, date: Date, now: Timestamp) -> Timestamp {
        let begins = self.begins(date).filter(|begins| *begins <= now);
        let changed = self.clock.changed.map(|(since, _)| since);
        begins.or(changed).unwrap_or(now)
    }

    /// When a date begins. A time on the clock that does not exist that night, or exists twice, has the offset that was
    /// in force earlier: the day begins when the clock jumps over its hour, or shows it for the first time.
    pub fn begins(&self, date: Date) -> Option<Timestamp> {
        self.clock.begins(date)
    }

    /// The instant of a time on the user's clock; with the earlier offset where it is missing or ambiguous (RFC 5545,
    /// 3.3.5). `None` beyond the years that can be kept.
    pub fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        self.clock.instant(wall)
    }
}

impl Clock {
    fn of(day: &FormerDay) -> Self {
        let hour = day.day_start.get().clamp(0, 23);
        Self {
            zone: ZONES.get(&day.time_zone).unwrap_or(TimeZone::UTC),
            begins_at_hour: i8::try_from(hour).unwrap_or(0),
            changed: day.since.zip(day.floor),
        }
    }

    fn is_in_force(&self, at: Timestamp) -> bool {
        self.changed.is_none_or(|(since, _)| since <= at)
    }

    /// The last date whose beginning is not after the instant.
    fn plain_date(&self, at: Timestamp) -> Date {
        let on_the_clock = at.to_zoned(self.zone.clone()).date();
        // Where a zone jumps, a day may begin on the clock's date before.
        let mut date = on_the_clock.tomorrow().unwrap_or(on_the_clock);
        while self.begins(date).is_some_and(|begins| at < begins) {
            let Ok(before) = date.yesterday() else { break };
            date = before;
        }
        date
    }

    fn begins(&self, date: Date) -> Option<Timestamp> {
        self.instant(date.at(self.begins_at_hour, 0, 0, 0))
    }

    fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(wall);
        ambiguous.compatible().ok()
    }
}

/// More days are not remembered as excused; older ones are part of no streak that is still shown.
const MOST_EXCUSED: usize = 400;

/// A user after a change of zone or hour at `now`: dates count by the new settings from then on, do not go back, and the
/// dates that are skipped are excused. `None` when it changes neither.
pub fn with_day(user: &User, zone: ZoneName, day_start: DayStart, now: Timestamp) -> Option<User> {
    if (&zone, day_start) == (&user.time_zone, user.day_start) {
        return None;
    }
    let mut changed = User {
        time_zone: zone,
        day_start,
        ..user.clone()
    };
    let reached = Calendar::of(user).date(now);
    let next = Clock::of(&day_of(&changed)).plain_date(now);
    changed.former_settings.note_day(day_of(user));
    (changed.day_since, changed.day_floor) = (Some(now), Some(reached));
    let skipped = reached.series(jiff::Span::new().days(1)).skip(1);
    changed
        .excused_days
        .extend(skipped.take_while(|date| *date < next));
    // Who goes back and forth skips a date again.
    changed.excused_days.sort_unstable();
    changed.excused_days.dedup();
    let surplus = changed.excused_days.len().saturating_sub(MOST_EXCUSED);
    changed.excused_days.drain(..surplus);
    Some(changed)
}

/// How the days of a user begin now.
fn day_of(user: &User) -> FormerDay {
    FormerDay {
        time_zone: user.time_zone.clone(),
        day_start: user.day_start,
        since: user.day_since,
        floor: user.day_floor,
    }
}

/// A user after a change of the aim at `now`: it holds from today on. `None` when it does not change.
fn with_aim(user: &User, weekly_aim: WeeklyAim, now: Timestamp) -> Option<User> {
    if weekly_aim == user.weekly_aim {
        return None;
    }
    let mut changed = User {
        weekly_aim,
        ..user.clone()
    };
    let today = Calendar::of(user).date(now);
    changed.former_settings.note_aim(user.weekly_aim, today);
    Some(changed)
}

/// What a change of zone, hour or aim changes with it; nothing when it changes none.
pub(super) fn change_of_day(
    user: &User,
    change: &UserChange,
    now: Timestamp,
) -> Vec<Assignment<User>> {
    let zone = change.time_zone.clone().unwrap_or(user.time_zone.clone());
    let day_start = change.day_start.unwrap_or(user.day_start);
    let aim = change.weekly_aim.unwrap_or(user.weekly_aim);
    let mut changed = with_day(user, zone, day_start, now).unwrap_or_else(|| user.clone());
    changed = with_aim(&changed, aim, now).unwrap_or(changed);
    let mut set = Vec::new();
    if changed.day_since != user.day_since {
        set.push(User::DAY_SINCE.set(changed.day_since));
        set.push(User::DAY_FLOOR.set(changed.day_floor));
    }
    if changed.excused_days != user.excused_days {
        set.push(User::EXCUSED_DAYS.set(changed.excused_days));
    }
    if changed.former_settings != user.former_settings {
        set.push(User::FORMER_SETTINGS.set(changed.former_settings));
    }
    set
}

#[cfg(test)]
mod tests;
