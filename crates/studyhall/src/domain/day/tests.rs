//! Tests of the calendar: nights of 23 and 25 hours, zones at both ends of the world, journeys.

use jiff::{SignedDuration, civil::date};
use proptest::prelude::*;

use super::*;
use crate::domain::{EmailAddress, FormerSettings, PasswordHash, Username};

fn user(zone: &str, hour: i32) -> User {
    let id = AggregateId::new("ada").expect("an id");
    let name = Username::parse("ada").expect("a name");
    let email = EmailAddress::parse("ada@example.com").expect("an address");
    let hash = PasswordHash::new("hash".to_owned());
    User {
        time_zone: ZoneName::parse(zone).expect(zone),
        day_start: DayStart::new(hour).expect("an hour"),
        ..User::new(id, name, email, hash, Timestamp::UNIX_EPOCH)
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// The user after a change of settings, as the command writes it.
fn moved(user: &User, zone: &str, hour: i32, now: Timestamp) -> User {
    let zone = ZoneName::parse(zone).expect(zone);
    let hour = DayStart::new(hour).expect("an hour");
    with_day(user, zone, hour, now).unwrap_or_else(|| user.clone())
}

/// A user of before, of whom the last change alone is known.
fn forgotten(user: &User) -> User {
    User {
        former_settings: FormerSettings::default(),
        ..user.clone()
    }
}

fn check(zone: &str, hour: i32, table: &[(&str, &str)]) {
    let calendar = Calendar::of(&user(zone, hour));
    for (instant, expected) in table {
        let date = calendar.date(at(instant));
        assert_eq!(date.to_string(), *expected, "{zone} {hour} {instant}");
    }
}

#[test]
fn a_day_begins_at_its_hour_on_the_users_clock() {
    check(
        "UTC",
        0,
        &[
            ("2030-12-31T23:59:59Z", "2030-12-31"),
            ("2031-01-01T00:00:00Z", "2031-01-01"),
        ],
    );
    check(
        "UTC",
        4,
        &[
            ("2031-01-01T03:59:59Z", "2030-12-31"),
            ("2031-01-01T04:00:00Z", "2031-01-01"),
        ],
    );
    check(
        "UTC",
        23,
        &[
            ("2031-01-01T22:59:59Z", "2030-12-31"),
            ("2031-01-01T23:00:00Z", "2031-01-01"),
        ],
    );
    // A quarter of an hour beside every other zone.
    check(
        "Asia/Kathmandu",
        0,
        &[
            ("2030-12-31T18:14:59Z", "2030-12-31"),
            ("2030-12-31T18:15:00Z", "2031-01-01"),
        ],
    );
    // The first to have a new year, and the last.
    check(
        "Pacific/Kiritimati",
        0,
        &[
            ("2030-12-31T09:59:59Z", "2030-12-31"),
            ("2030-12-31T10:00:00Z", "2031-01-01"),
        ],
    );
    check(
        "Pacific/Pago_Pago",
        0,
        &[
            ("2031-01-01T10:59:59Z", "2030-12-31"),
            ("2031-01-01T11:00:00Z", "2031-01-01"),
        ],
    );
}

#[test]
fn a_night_of_23_hours_begins_its_day_when_the_clock_jumps_over_the_hour() {
    // From 02:00 to 03:00 on 31 March 2030, which is 01:00 UTC.
    check(
        "Europe/Berlin",
        2,
        &[
            ("2030-03-31T00:59:59Z", "2030-03-30"),
            ("2030-03-31T01:00:00Z", "2030-03-31"),
        ],
    );
    check(
        "Europe/Berlin",
        4,
        &[
            ("2030-03-31T01:59:59Z", "2030-03-30"),
            ("2030-03-31T02:00:00Z", "2030-03-31"),
        ],
    );
    // Midnight itself does not exist: 00:00 to 01:00 on 31 March 2030.
    check(
        "Asia/Beirut",
        0,
        &[
            ("2030-03-30T21:59:59Z", "2030-03-30"),
            ("2030-03-30T22:00:00Z", "2030-03-31"),
        ],
    );
}

#[test]
fn a_night_of_25_hours_begins_its_day_when_the_clock_shows_the_hour_first() {
    // From 03:00 back to 02:00 on 27 October 2030, which is 01:00 UTC.
    check(
        "Europe/Berlin",
        2,
        &[
            ("2030-10-26T23:59:59Z", "2030-10-26"),
            ("2030-10-27T00:00:00Z", "2030-10-27"),
        ],
    );
    check(
        "Europe/Berlin",
        4,
        &[
            ("2030-10-27T02:59:59Z", "2030-10-26"),
            ("2030-10-27T03:00:00Z", "2030-10-27"),
        ],
    );
}

#[test]
fn a_time_that_is_missing_or_ambiguous_has_the_earlier_offset() {
    let calendar = Calendar::of(&user("Europe/Berlin", 0));
    let instant = |wall: &str| calendar.instant(wall.parse().expect(wall));
    assert_eq!(
        instant("2030-03-31T02:30"),
        Some(at("2030-03-31T01:30:00Z"))
    );
    assert_eq!(
        instant("2030-10-27T02:30"),
        Some(at("2030-10-27T00:30:00Z"))
    );
    assert_eq!(
        calendar.shown(at("2030-03-31T01:30:00Z")),
        "2030-03-31 03:30 CEST"
    );
}

#[test]
fn a_date_that_a_zone_skipped_is_nobodys() {
    // Samoa went from 29 to 31 December 2011 at midnight.
    check(
        "Pacific/Apia",
        0,
        &[
            ("2011-12-30T09:59:59Z", "2011-12-29"),
            ("2011-12-30T10:00:00Z", "2011-12-31"),
        ],
    );
}

#[test]
fn a_traveller_waits_at_the_date_that_was_reached_and_is_excused_from_what_is_skipped() {
    let now = at("2030-06-10T12:00:00Z");
    let kiritimati = user("Pacific/Kiritimati", 0);
    assert_eq!(Calendar::of(&kiritimati).date(now), date(2030, 6, 11));
    // Across the date line, where it is the 10th: the date waits.
    let honolulu = moved(&kiritimati, "Pacific/Honolulu", 0, now);
    let calendar = Calendar::of(&honolulu);
    assert_eq!(calendar.date(now), date(2030, 6, 11));
    assert_eq!(calendar.date(at("2030-06-12T09:59:59Z")), date(2030, 6, 11));
    assert_eq!(calendar.date(at("2030-06-12T10:00:00Z")), date(2030, 6, 12));
    // What was before the change is not waited for.
    assert_eq!(calendar.date(at("2030-06-09T12:00:00Z")), date(2030, 6, 10));
    // And back, at an hour that still belongs to the day before: the 9th becomes the 11th.
    let late = moved(&user("Pacific/Honolulu", 23), "Pacific/Kiritimati", 0, now);
    assert_eq!(Calendar::of(&late).date(now), date(2030, 6, 11));
    assert_eq!(late.excused_days, [date(2030, 6, 10)]);
}

#[test]
fn a_date_that_is_skipped_again_is_excused_once() {
    let now = at("2030-06-10T12:00:00Z");
    let mut user = user("Pacific/Honolulu", 23);
    // Left over from before dates were kept once.
    user.excused_days = vec![date(2030, 6, 1), date(2030, 6, 10), date(2030, 6, 10)];
    let late = moved(&user, "Pacific/Kiritimati", 0, now);
    assert_eq!(late.excused_days, [date(2030, 6, 1), date(2030, 6, 10)]);
}

#[test]
fn an_instant_has_the_date_of_the_clock_of_its_time() {
    let (late, later) = (at("2026-04-20T22:00:00Z"), at("2026-04-20T20:10:00Z"));
    let kiritimati = user("Pacific/Kiritimati", 0);
    let before = Calendar::of(&kiritimati);
    assert_eq!(before.date(late), date(2026, 4, 21));
    let honolulu = moved(
        &kiritimati,
        "Pacific/Honolulu",
        0,
        at("2026-04-20T23:00:00Z"),
    );
    // What began by the clock of Kiritimati, and is written down in Honolulu.
    assert_eq!(Calendar::of(&honolulu).date(late), date(2026, 4, 21));
    assert_eq!(Calendar::of(&honolulu).date(later), date(2026, 4, 21));
    // Whoever changed it before that was remembered has the new clock for it, as ever.
    let old = Calendar::of(&forgotten(&honolulu));
    assert_eq!(old.date(later), date(2026, 4, 20));
    assert_eq!(old.date(at("2026-04-20T23:00:00Z")), date(2026, 4, 21));
    // Nor is a date before the change later than the one that was reached by it.
    let east = moved(&user("Pacific/Honolulu", 0), "Pacific/Kiritimati", 0, late);
    assert_eq!(
        Calendar::of(&forgotten(&east)).date(later),
        date(2026, 4, 20)
    );
}

#[test]
fn an_aim_of_before_ends_on_the_day_of_its_change() {
    let aim = |days| WeeklyAim::new(days).expect("an aim");
    let (first, second) = (at("2030-06-10T12:00:00Z"), at("2030-06-12T12:00:00Z"));
    let ada = user("UTC", 0);
    assert_eq!(with_aim(&ada, aim(5), first), None);
    let seven = with_aim(&ada, aim(7), first).expect("it changes");
    // Twice on a day: the one between held on no day.
    let three = with_aim(&seven, aim(3), first).expect("it changes");
    let one = with_aim(&three, aim(1), second).expect("it changes");
    let former = one.former_settings.aims.iter();
    let former: Vec<_> = former
        .map(|aim| (aim.weekly_aim.get(), aim.until))
        .collect();
    assert_eq!(former, [(5, date(2030, 6, 10)), (3, date(2030, 6, 12))]);
    assert_eq!(one.weekly_aim, aim(1));
}

#[test]
fn only_names_of_the_database_are_zones() {
    for good in [
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Asia/Kathmandu",
    ] {
        assert!(ZoneName::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "europe/berlin",
        "Mars/Olympus",
        "+02:00",
        "CEST",
        "../etc/passwd",
        "Etc/Unknown",
    ] {
        assert!(ZoneName::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_zone_is_known_however_it_is_typed() {
    for typed in ["asia/kathmandu", " Asia/Kathmandu ", "ASIA/KATHMANDU"] {
        let zone = TypedZone::parse(typed).expect(typed);
        assert_eq!(&*zone.0, "Asia/Kathmandu");
    }
    let zone = TypedZone::parse("america/new york").expect("it is one");
    assert_eq!(&*zone.0, "America/New_York");
    assert!(TypedZone::parse("Kathmandu").is_err());
    let names: Vec<_> = zone_names().collect();
    assert!((300..600).contains(&names.len()), "{}", names.len());
    assert!(names.iter().all(|name| ZoneName::parse(name).is_ok()));
}

const ZONES_TO_TRY: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/St_Johns",
    "Africa/Casablanca",
];

proptest! {
    #[test]
    fn an_instant_lies_between_the_beginnings_of_its_day_and_the_next(
        zone in prop::sample::select(&ZONES_TO_TRY[..]), hour in 0..24, second in 0_i64..4_000_000_000,
    ) {
        let calendar = Calendar::of(&user(zone, hour));
        let instant = Timestamp::from_second(second).expect("it is in range");
        let date = calendar.date(instant);
        prop_assert!(calendar.begins(date).expect("it can be kept") <= instant);
        let next = date.tomorrow().expect("there is one");
        prop_assert!(instant < calendar.begins(next).expect("it can be kept"));
    }

    #[test]
    fn dates_never_go_back_whatever_zones_a_user_moves_to(
        start in 0_i64..4_000_000_000,
        moves in prop::collection::vec((prop::sample::select(&ZONES_TO_TRY[..]), 0..24, 1_i64..40), 1..12),
    ) {
        let mut now = Timestamp::from_second(start).expect("it is in range");
        let mut user = user("UTC", 0);
        let mut reached = Calendar::of(&user).date(now);
        let mut dated = Vec::new();
        for (zone, hour, hours_later) in moves {
            user = moved(&user, zone, hour, now);
            let date = Calendar::of(&user).date(now);
            prop_assert!(reached <= date, "{reached} {date}");
            // Between them there are excused dates alone.
            for skipped in crate::domain::streak::days(reached, date) {
                let is_skipped = skipped != reached && skipped != date;
                prop_assert!(!is_skipped || user.excused_days.contains(&skipped));
            }
            now += SignedDuration::from_hours(hours_later);
            let later = Calendar::of(&user).date(now);
            prop_assert!(date <= later);
            reached = later;
            let before = now - SignedDuration::from_secs(1);
            dated.push((before, Calendar::of(&user).date(before)));
        }
        // Of the last eight changes: an instant has the date that it had then.
        for (at, then) in dated.iter().rev().take(8) {
            prop_assert_eq!(Calendar::of(&user).date(*at), *then);
        }
        // And whatever is remembered, an earlier instant has no later date.
        for calendar in [Calendar::of(&user), Calendar::of(&forgotten(&user))] {
            let dates: Vec<_> = dated.iter().map(|(at, _)| calendar.date(*at)).collect();
            prop_assert!(dates.is_sorted(), "{dates:?}");
        }
    }
}
