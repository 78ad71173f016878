//! Charts of days, drawn here: a figure with a sentence, a picture with fixed sizes, and the numbers as a table.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{amount, date};

/// A day of a chart.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Point {
    pub(in crate::web) date: Date,
    pub(in crate::web) minutes: i64,
    /// Whether it counts as a day of study.
    pub(in crate::web) counts: bool,
    /// In percent, where a report says so.
    pub(in crate::web) completion: Option<f64>,
}

/// How days are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Shape {
    /// A bar for each, with its weekday.
    Bars,
    /// A line through all.
    Line,
    /// A square for each, a column for each week from Monday on.
    Heatmap,
}

/// A figure of these days, which follow each other.
pub(in crate::web) fn chart(shape: Shape, points: &[Point]) -> Markup {
    let minutes: i64 = points.iter().map(|point| point.minutes).sum();
    let counted = points.iter().filter(|point| point.counts).count();
    html! {
        figure {
            figcaption { (amount(minutes)) " on " (counted) " of " (points.len()) " days." }
            @match shape {
                Shape::Bars => (bars(points)),
                Shape::Line => (line(points)),
                Shape::Heatmap => (heatmap(points)),
            }
            p.quiet {
                @match shape {
                    Shape::Bars => { "A full bar is " (amount(most(points))) "." }
                    Shape::Line => { "The top is " (amount(most(points))) "." }
                    Shape::Heatmap => (legend()),
                }
            }
            details { summary { "Show as a table" } (table(&rows(shape, points))) }
        }
    }
}

const HEIGHT: i64 = 120;

/// The pixels of a height that stands for these minutes; `most` fills it.
fn scaled(minutes: i64, most: i64) -> i64 {
    minutes.clamp(0, most) * HEIGHT / most
}

fn most(points: &[Point]) -> i64 {
    let most = points.iter().map(|point| point.minutes).max();
    // A few minutes do not fill a chart.
    most.unwrap_or_default().max(60)
}

fn label(point: &Point) -> String {
    format!("{}: {}", date(point.date), amount(point.minutes))
}

/// Numbers of points are small; a picture's sizes are whole pixels.
fn pixels(count: usize, each: i64) -> i64 {
    i64::try_from(count).unwrap_or_default() * each
}

fn bars(points: &[Point]) -> Markup {
    const STEP: i64 = 44;
    let (width, most) = (pixels(points.len(), STEP), most(points));
    html! {
        svg role="img" aria-label="Study time of each day" width=(width) height=(HEIGHT + 20)
            viewBox={ "0 0 " (width) " " (HEIGHT + 20) } {
            @for (i, point) in points.iter().enumerate() {
                @let x = pixels(i, STEP) + 6;
                @let height = scaled(point.minutes, most);
                rect.track x=(x) y="0" width="32" height=(HEIGHT) rx="4" {}
                rect.bar x=(x) y=(HEIGHT - height) width="32" height=(height) rx="4" { title { (label(point)) } }
                text x=(x + 16) y=(HEIGHT + 15) text-anchor="middle" { (point.date.strftime("%a")) }
            }
        }
    }
}

fn line(points: &[Point]) -> Markup {
    const STEP: i64 = 10;
    let (width, most) = (pixels(points.len(), STEP), most(points));
    let corners: Vec<_> = points
        .iter()
        .enumerate()
        .map(|(i, point)| {
            let (x, y) = (
                pixels(i, STEP) + STEP / 2,
                HEIGHT - scaled(point.minutes, most),
            );
            format!("{x},{y}")
        })
        .collect();
    let ends = points.first().zip(points.last());
    html! {
        svg role="img" aria-label="Study time over the days" width=(width) height=(HEIGHT + 20)
            viewBox={ "0 -2 " (width) " " (HEIGHT + 22) } {
            rect.track x="0" y="0" width=(width) height=(HEIGHT) rx="4" {}
            polyline.curve points=(corners.join(" ")) {}
            @if let Some((first, last)) = ends {
                text x="0" y=(HEIGHT + 15) { (date(first.date)) }
                text x=(width) y=(HEIGHT + 15) text-anchor="end" { (date(last.date)) }
            }
        }
    }
}

fn heatmap(points: &[Point]) -> Markup {
    const STEP: i64 = 12;
    let Some(first) = points.first() else {
        return html! {};
    };
    let before = i64::from(first.date.weekday().to_monday_zero_offset());
    let weeks = (pixels(points.len(), 1) + before + 6) / 7;
    // The size of a square is in the stylesheet: three hundred times over it would be a tenth of the page.
    html! {
        // Squares stay as large as they are: on a phone the year scrolls in its own box, from its end on.
        div.scroll tabindex="0" role="group" aria-label="The year, which scrolls sideways" {
            svg role="img" aria-label="Study time of each day of the year" width=(weeks * STEP) height=(7 * STEP)
                viewBox={ "0 0 " (weeks * STEP) " " (7 * STEP) } {
                @for (i, point) in points.iter().enumerate() {
                    @let day = pixels(i, 1) + before;
                    rect class={ "heat-" (heat(point.minutes)) } x=(day / 7 * STEP) y=(day % 7 * STEP) {
                        title { (label(point)) }
                    }
                }
            }
        }
    }
}

/// What the colours of a heatmap stand for.
fn legend() -> Markup {
    html! {
        "From none to more than 4 h: "
        svg width="60" height="10" viewBox="0 0 60 10" aria-hidden="true" {
            @for step in 0..=4 { rect class={ "heat-" (step) } x=(step * 12) y="0" {} }
        }
    }
}

/// Nothing, and four steps: to half an hour, two hours, four hours, and more.
const fn heat(minutes: i64) -> u8 {
    match minutes {
        ..=0 => 0,
        1..=30 => 1,
        31..=120 => 2,
        121..=240 => 3,
        _ => 4,
    }
}

/// A row of the table: its days, their minutes, and the average of what reports say, in percent.
struct Row {
    name: String,
    minutes: i64,
    completion: Option<f64>,
}

/// The latest first, without days of nothing. A year has too many days for a page: its months.
fn rows(shape: Shape, points: &[Point]) -> Vec<Row> {
    let format = match shape {
        Shape::Bars | Shape::Line => "%-d %b %Y",
        Shape::Heatmap => "%b %Y",
    };
    let name = |point: &Point| point.date.strftime(format).to_string();
    let groups = points.chunk_by(|a, b| name(a) == name(b)).rev();
    let rows = groups.map(|group| {
        let reported: Vec<_> = group.iter().filter_map(|point| point.completion).collect();
        let count = u32::try_from(reported.len()).unwrap_or(u32::MAX);
        Row {
            name: group.first().map(name).unwrap_or_default(),
            minutes: group.iter().map(|point| point.minutes).sum(),
            completion: (count > 0).then(|| reported.iter().sum::<f64>() / f64::from(count)),
        }
    });
    rows.filter(|row| row.minutes > 0 || row.completion.is_some())
        .collect()
}

/// Without a column of reports where none says anything.
fn table(rows: &[Row]) -> Markup {
    let has_reports = rows.iter().any(|row| row.completion.is_some());
    html! {
        table.cards {
            thead { tr { th scope="col" { "When" } th.count scope="col" { "Study" } @if has_reports { th.count scope="col" { "Completion" } } } }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" data-label="When" { (row.name) }
                        td.count data-label="Study" { (amount(row.minutes)) }
                        @if has_reports {
                            td.count data-label="Completion" {
                                @if let Some(completion) = row.completion { (format!("{completion:.0} %")) } @else { "none" }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::days;

    fn points(from: Date, to: Date) -> Vec<Point> {
        days(from, to)
            .map(|date| Point {
                date,
                minutes: i64::from(date.day()) * 10,
                counts: true,
                completion: None,
            })
            .collect()
    }

    #[test]
    fn a_heatmap_has_a_square_for_each_day_in_the_row_of_its_weekday() {
        // The whole of a leap year that begins on a Saturday.
        let year = points(date(2028, 1, 1), date(2028, 12, 31));
        let drawn = heatmap(&year).into_string();
        assert_eq!(drawn.matches("<rect").count(), 366);
        assert!(drawn.contains("<svg role=\"img\" aria-label=\"Study time of each day of the year\" width=\"636\" height=\"84\""), "{drawn}");
        assert!(
            drawn.contains("x=\"0\" y=\"60\"><title>1 Jan 2028: 10 min"),
            "{drawn}"
        );
    }

    #[test]
    fn a_bar_is_as_high_as_its_part_of_the_most() {
        let week = points(date(2030, 1, 7), date(2030, 1, 13));
        let drawn = bars(&week).into_string();
        assert!(
            drawn.contains("height=\"120\" rx=\"4\"><title>13 Jan 2030: 2 h 10 min"),
            "{drawn}"
        );
        assert!(
            drawn.contains("height=\"64\" rx=\"4\"><title>7 Jan 2030: 1 h 10 min"),
            "{drawn}"
        );
        assert!(line(&week).into_string().contains("points=\"5,56 15,47 "));
    }
    #[test]
    fn a_chart_says_what_its_height_and_its_colours_stand_for() {
        let week = points(date(2030, 1, 7), date(2030, 1, 13));
        // Minutes that do not fill an hour do not fill the chart.
        let short = points(date(2030, 1, 1), date(2030, 1, 5));
        for (shape, words) in [(Shape::Bars, "A full bar is"), (Shape::Line, "The top is")] {
            for (points, most) in [(&week, "2 h 10 min"), (&short, "1 h")] {
                let drawn = chart(shape, points).into_string();
                let label = format!("<p class=\"quiet\">{words} {most}.</p>");
                assert!(drawn.contains(&label), "{drawn}");
            }
        }
        let drawn = chart(Shape::Heatmap, &week).into_string();
        let legend = drawn.split("<p class=\"quiet\">").nth(1).expect("a legend");
        let legend = legend.split("</p>").next().expect("its end");
        assert!(
            legend.starts_with("From none to more than 4 h: "),
            "{legend}"
        );
        // The colours of the squares, from the first step to the last.
        let of = [0, 30, 120, 240, 241].map(|minutes| format!("heat-{}", heat(minutes)));
        let shown = legend.split("class=\"heat-").skip(1);
        let shown: Vec<_> = shown.map(|rect| format!("heat-{}", &rect[..1])).collect();
        assert_eq!(shown, of);
    }
}
