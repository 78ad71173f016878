//! The `user` aggregate. Its password hash is a column and never a field.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{
    Avatar, DayStart, EmailAddress, FormerSettings, Holidays, PasswordHash, Username, WeeklyAim,
    ZoneName, moment, points::NO_WEEK,
};

/// A member of the community.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "user",
    table = "users",
    index(leaderboard = [show_profile, total_points desc, points_reached_at, id]),
    index(week = [show_profile, week, week_points desc, week_reached_at, id])
)]
pub struct User {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// The name to sign in with and to be shown by; unique without regard to case.
    pub username: Username,
    /// The address, for the user alone; unique without regard to case.
    pub email: EmailAddress,
    /// The hash of the password; a member that another program made may have none.
    #[fixed]
    #[serde(skip)]
    pub password_hash: Private<Option<PasswordHash>>,
    /// One for every completed todo.
    #[fixed]
    pub total_points: i32,
    /// When the points became what they are; the epoch for who never had one.
    #[fixed]
    #[serde(deserialize_with = "moment::required")]
    pub points_reached_at: Timestamp,
    /// All minutes that count: those of sessions that the server measured, within the cap of the day.
    #[fixed]
    #[serde(default)]
    pub total_minutes: i32,
    /// The Monday of the newest week that has points or minutes of this user.
    #[fixed]
    pub week: Date,
    /// The points of that week.
    #[fixed]
    pub week_points: i32,
    /// The minutes of that week that count.
    #[fixed]
    #[serde(default)]
    pub week_minutes: i32,
    /// When the week's points became what they are.
    #[fixed]
    #[serde(deserialize_with = "moment::required")]
    pub week_reached_at: Timestamp,
    /// Whether the leaderboard shows this user.
    pub show_profile: bool,
    /// A picture's address, or none.
    pub avatar: Option<Avatar>,
    /// The zone of the user's clock.
    #[serde(default)]
    pub time_zone: ZoneName,
    /// The hour at which the user's day begins.
    #[serde(default)]
    pub day_start: DayStart,
    /// On how many days of a week the user wants to study.
    #[serde(default)]
    pub weekly_aim: WeeklyAim,
    /// Days off.
    #[serde(default)]
    pub holidays: Holidays,
    /// Dates that a change of zone skipped.
    #[fixed]
    #[serde(default)]
    pub excused_days: Vec<Date>,
    /// When zone or hour last changed.
    #[fixed]
    #[serde(default, deserialize_with = "moment::optional")]
    pub day_since: Option<Timestamp>,
    /// The date that was reached then: from then on none is earlier.
    #[fixed]
    #[serde(default)]
    pub day_floor: Option<Date>,
    /// The zones, hours and aims of before.
    #[fixed]
    #[serde(default)]
    pub former_settings: FormerSettings,
    /// When the user signed up.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When the user, or the points, last changed.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

impl User {
    /// Somebody new, with the settings of somebody new.
    pub fn new(
        id: AggregateId,
        username: Username,
        email: EmailAddress,
        password_hash: PasswordHash,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            username,
            email,
            password_hash: Some(password_hash).into(),
            total_points: 0,
            points_reached_at: Timestamp::UNIX_EPOCH,
            total_minutes: 0,
            week: NO_WEEK,
            week_points: 0,
            week_minutes: 0,
            week_reached_at: Timestamp::UNIX_EPOCH,
            show_profile: false,
            avatar: None,
            time_zone: ZoneName::default(),
            day_start: DayStart::default(),
            weekly_aim: WeeklyAim::default(),
            holidays: Holidays::default(),
            excused_days: Vec::new(),
            day_since: None,
            day_floor: None,
            former_settings: FormerSettings::default(),
            created_at: now,
            updated_at: now,
        }
    }
}
