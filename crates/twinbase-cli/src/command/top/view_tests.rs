//! What the display shows, at the sizes of terminals.

use super::super::sample::{look, second, troubled, worker};
use super::*;

/// Noon.
const AT: i64 = 1_700_049_600;

fn shown(look: &Look, rates: &Rates, mode: Mode, width: usize, height: usize) -> String {
    let size = Size {
        width,
        height: Some(height),
    };
    let lines = render(look, rates, mode, size);
    assert!(lines.len() <= height, "{} lines in {height}", lines.len());
    for line in &lines {
        assert!(line.columns() <= width, "too wide for {width}: {line:?}");
    }
    let lines: Vec<_> = lines.iter().map(Line::plain).collect();
    lines.join("\n")
}

fn live(seconds_later: i64) -> Mode {
    Mode::Live {
        now: second(AT + seconds_later),
        interval: Duration::from_secs(1),
    }
}

#[track_caller]
fn check(shown: &str, expected: &str) {
    assert_eq!(shown, expected.trim_matches('\n'), "\n{shown}");
}

#[test]
fn a_system_in_which_all_is_well_fits_a_small_terminal() {
    let mut rates = Rates::default();
    rates.take(&[worker("a", AT - 3, 9_877)]);
    rates.take(&[worker("a", AT - 1, 12_345)]);
    check(&shown(&look(AT), &rates, live(0), 80, 24), HEALTHY_80);
}

#[test]
fn trouble_is_told_in_words_and_every_list_shows_its_beginning() {
    check(
        &shown(&troubled(AT), &Rates::default(), live(0), 80, 24),
        TROUBLED_80,
    );
}

#[test]
fn a_narrow_terminal_leaves_out_the_least_important_columns() {
    check(
        &shown(&troubled(AT), &Rates::default(), live(0), 40, 20),
        TROUBLED_40,
    );
}

#[test]
fn any_size_is_survived_and_the_way_out_stays() {
    for width in 0..100 {
        for height in 1..40 {
            let shown = shown(&troubled(AT), &Rates::default(), live(0), width, height);
            let last = shown.lines().last().unwrap_or_default();
            assert!(
                width < 2 || last.starts_with('q'),
                "{width}x{height}: {shown}"
            );
        }
    }
}

#[test]
fn an_old_look_is_called_old_and_a_held_one_held() {
    let title = |mode| {
        shown(&look(AT), &Rates::default(), mode, 80, 24)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        title(live(2)).contains("12:00:00 UTC"),
        "{}",
        title(live(2))
    );
    assert!(
        title(live(65)).contains("NO ANSWER for 1 min 5 s"),
        "{}",
        title(live(65))
    );
    assert!(title(Mode::Held).contains("HELD as of 12:00:00 UTC"));
}

#[test]
fn what_is_not_known_is_not_zero() {
    let mut look = look(AT);
    look.health.outbox = None;
    look.health.primary.answer = Err("gone".to_owned());
    look.collections = Err("gone".to_owned());
    look.workers = Err("gone".to_owned());
    look.pauses = Err("gone".to_owned());
    look.groups = Err("gone".to_owned());
    let shown = shown(&look, &Rates::default(), live(0), 80, 24);
    assert!(shown.contains("lag not known"), "{shown}");
    assert_eq!(shown.matches("not known: gone").count(), 4, "{shown}");
    for zero in ["pending 0", "failed 0", "applied 0"] {
        assert!(!shown.contains(zero), "{shown}");
    }
}

#[test]
fn without_a_worker_the_display_says_so_and_what_to_do() {
    let mut look = look(AT);
    look.workers = Ok(Vec::new());
    let shown = shown(&look, &Rates::default(), live(0), 80, 24);
    assert!(
        shown.contains("Start one with `studyhall worker`"),
        "{shown}"
    );
}

const HEALTHY_80: &str = "
studyhall top  12:00:00 UTC                                              healthy
primary  ok    0.4 ms  postgres://db.example/app
replica  ok    0.4 ms  mongodb://mongo.example/app
lag 0 s   pending 0   retrying 0   failed 0
applied 1,234/s   superseded 0.0/s   failed attempts 0.0/s

COLLECTION  LAG  PENDING  RETRYING  FAILED
users       0 s        0         0       0
todos       0 s        0         0       0

WORKER                    STATE  HELD  APPLIED  SEEN
4711 on a-machine/boot  working    16  1,234/s   1 s
q quit   p pause the display
";
const TROUBLED_80: &str = "
studyhall top  12:00:00 UTC                                            UNHEALTHY
primary  ok    0.4 ms  postgres://db.example/app
replica  AWAY  mongodb://mongo.example/app: no server answers\\u{1b}[2J
lag 1 min 15 s   pending 12,000   retrying 34   failed 1,000
applied 12,354   superseded 0   failed attempts 0   in total
critical: Oldest pending event: 75 s (critical above 60 s).
critical: Pending events: 12034 (critical above 10000).
critical: Failed events: 1000 (critical above 100).
warning: The replica (mongodb) does not answer.

COLLECTION        LAG  PENDING  RETRYING  FAILED
users             0 s        0         0       0
todos       1 h 6 min   12,000         0   1,000

WORKER                    STATE  HELD  APPLIED        SEEN
4711 on a-machine/boot  working    16   12,345         1 s
4711 on a-machine/boot     DEAD     0    0.0/s  1 min 30 s

PAUSED
users for 1 h 1 min: a new index is built

FAILURES                                                   FAILED  RETRYING
the replica refused the document: rule 1 of the validator   1,000         1
q quit   p pause the display
";
const TROUBLED_40: &str = "
studyhall top  12:00:00 UTC    UNHEALTHY
primary  ok    0.4 ms  postgres://db.ex…
replica  AWAY  mongodb://mongo.example/…
lag 1 min 15 s   pending 12,000
retrying 34   failed 1,000
applied 12,354   superseded 0
failed attempts 0   in total
critical: Oldest pending event: 75 s (c…
critical: Pending events: 12034 (critic…
critical: Failed events: 1000 (critical…
warning: The replica (mongodb) does not…
COLLECTION        LAG  PENDING  FAILED
users             0 s        0       0
WORKER              STATE  HELD  APPLIED
4711 on a-machi…  working    16   12,345
PAUSED
users for 1 h 1 min: a new index is bui…
FAILURES                FAILED  RETRYING
the replica refused t…   1,000         1
q quit   p pause the display
";
