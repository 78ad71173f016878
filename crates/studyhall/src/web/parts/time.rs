//! Times and numbers as people read them.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use maud::{Markup, html};

/// A time, told as far back as a week and then by its date; the exact time in its zone is its title.
pub(in crate::web) fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! {
        time datetime=(at) title=(local.strftime("%Y-%m-%d %H:%M %Z")) { (ago(at, now, zone)) }
    }
}

fn ago(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let seconds = now.as_second() - at.as_second();
    let unit = |count: i64, name: &str| match count {
        1 => format!("1 {name} ago"),
        _ => format!("{count} {name}s ago"),
    };
    match seconds {
        ..0 => at
            .to_zoned(zone.clone())
            .strftime("%-d %b %Y, %H:%M")
            .to_string(),
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => unit(seconds / 3_600, "hour"),
        86_400..604_800 => unit(seconds / 86_400, "day"),
        _ => date(at.to_zoned(zone.clone()).date()),
    }
}

/// A day: "12 Nov 2025".
pub(in crate::web) fn date(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// The time of a day: "02:05"; within three hours of a change of the clock also by which it is told: "02:05 CEST".
pub(in crate::web) fn time_of_day(at: Timestamp, zone: &TimeZone) -> String {
    let offset = |hours| zone.to_offset(at.saturating_add(Span::new().hours(hours)).unwrap_or(at));
    let format = if offset(-3) == offset(3) {
        "%H:%M"
    } else {
        "%H:%M %Z"
    };
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

/// A length: "1 h 25 min", "under 1 min".
pub(in crate::web) fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, 0) => "under 1 min".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{} h", number(hours)),
        (hours, minutes) => format!("{} h {minutes} min", number(hours)),
    }
}

/// A sum of lengths, which may be nothing.
pub(in crate::web) fn amount(minutes: i64) -> String {
    if minutes == 0 {
        return "0 min".to_owned();
    }
    length(minutes)
}

/// What a timer shows: "1:25:09".
pub(in crate::web) fn clock(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}

/// A timer that a script draws on, by the server's clock: from when it began and what the time is.
pub(in crate::web) fn ticking(began: Timestamp, now: Timestamp) -> Markup {
    let seconds = now.duration_since(began).as_secs().max(0);
    html! { span role="timer" aria-live="off" data-started=(began) data-now=(now) { (clock(seconds)) } }
}

/// A number with its thousands apart: "1,234".
pub(in crate::web) fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "−" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_a_change_of_the_clock_it_is_said_which_one_it_is() {
        let zone = TimeZone::get("Europe/Berlin").expect("it is known");
        let shown = |at: &str| time_of_day(at.parse().expect("a time"), &zone);
        assert_eq!(shown("2027-10-31T00:05:00Z"), "02:05 CEST");
        assert_eq!(shown("2027-10-31T01:05:00Z"), "02:05 CET");
        assert_eq!(shown("2027-10-31T12:05:00Z"), "13:05");
        assert_eq!(shown("2027-03-28T01:30:00Z"), "03:30 CEST");
    }

    #[test]
    fn numbers_and_times_are_told_shortly() {
        assert_eq!(length(0), "under 1 min");
        assert_eq!(length(59), "59 min");
        assert_eq!(length(60_085), "1,001 h 25 min");
        assert_eq!(clock(59), "0:00:59");
        assert_eq!(clock(36_309), "10:05:09");
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(-1_234_567), "−1,234,567");
        let now: Timestamp = "2030-01-31T12:00:00Z".parse().expect("a time");
        let told = |at: &str| ago(at.parse().expect("a time"), now, &TimeZone::UTC);
        assert_eq!(told("2030-01-31T11:59:30Z"), "just now");
        assert_eq!(told("2030-01-31T11:00:00Z"), "1 hour ago");
        assert_eq!(told("2030-01-28T11:00:00Z"), "3 days ago");
        assert_eq!(told("2029-11-12T11:00:00Z"), "12 Nov 2029");
        assert_eq!(told("2030-02-01T11:00:00Z"), "1 Feb 2030, 11:00");
    }
}
