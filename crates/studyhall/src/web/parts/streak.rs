//! A streak: its number, this week, and the last seven days.

use maud::{Markup, html};

use super::date;
use crate::domain::{DayState, Streak};

pub(in crate::web) fn streak(streak: &Streak) -> Markup {
    let (days, freezes) = (streak.days, streak.freezes_left);
    html! {
        p.big { (days) @if days == 1 { " day" } @else { " days" } }
        p {
            "This week " (streak.this_week) " of " (streak.weekly_aim) ". "
            @if freezes == 1 { "1 freeze" } @else { (freezes) " freezes" } " left this month. Longest: " (streak.longest) "."
        }
        ol.week aria-label="The last seven days" {
            @for day in &streak.last_days {
                @let (icon, word) = shown(day.state);
                li title={ (date(day.date)) ": " (word) } {
                    span aria-hidden="true" { (day.date.strftime("%a")) " " (icon) }
                    span.unseen { (date(day.date)) ": " (word) }
                }
            }
        }
    }
}

const fn shown(state: DayState) -> (&'static str, &'static str) {
    match state {
        DayState::Active => ("●", "counted"),
        DayState::Missed => ("○", "not counted"),
        DayState::Frozen => ("❄", "kept by a freeze"),
        DayState::Excused => ("–", "off"),
        DayState::Open => ("◌", "still open"),
    }
}
