//! Random questions, well-formed ones with nonsense mixed in, against a store with small limits: no panic, no hang, the bounds
//! hold, the store stays readable, and an index changes no answer.
//!
//! `cargo xtask fuzz-docstore` asks for minutes; a second of it is a test. A finding names the seed of its round.

mod guard;
mod make;
mod search;
mod shrink;
mod values;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bson::Document;
use twinbase_docstore::{ErrorKind, Find};

use self::guard::{Failure, Guard};
use self::make::Maker;

/// Set by `cargo xtask fuzz-docstore`.
const SEED: &str = "TWINBASE_FUZZ_SEED";
const MINUTES: &str = "TWINBASE_FUZZ_MINUTES";

/// Questions of one round, to one set of documents.
const QUESTIONS: usize = 150;
/// So many findings are enough to begin with.
const MOST: usize = 10;

/// What a store is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Find(Find),
    Count(Document),
    Pipeline(Vec<Document>),
}

impl Question {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Find(find) => format!(
                "find {} sort {} skip {} limit {:?} projection {}",
                find.filter, find.sort, find.skip, find.limit, find.projection
            ),
            Self::Count(filter) => format!("count {filter}"),
            Self::Pipeline(stages) => {
                let stages: Vec<_> = stages.iter().map(ToString::to_string).collect();
                format!("aggregate [{}]", stages.join(", "))
            }
        }
    }
}

/// All rounds together.
#[derive(Default)]
struct Sum {
    rounds: u64,
    questions: u64,
    answered: u64,
    refused: u64,
    limited: u64,
    compared: u64,
    findings: Vec<String>,
}

impl Sum {
    fn line(&self) -> String {
        format!(
            "{} rounds, {} questions: {} answered, {} refused, {} over a limit, {} compared with and without indexes; {} findings",
            self.rounds,
            self.questions,
            self.answered,
            self.refused,
            self.limited,
            self.compared,
            self.findings.len()
        )
    }
}

#[test]
fn no_question_panics_hangs_or_escapes_its_bounds() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let (seed, minutes) = (number(SEED), number(MINUTES));
    let first = seed.unwrap_or(1);
    let seed_alone = seed.filter(|_| minutes.is_none());
    println!("seed {first}");
    let began = Instant::now();
    // The one round of a seed takes as long as it takes.
    let lasts = match minutes {
        Some(minutes) => Duration::from_secs(60 * minutes),
        None => Duration::from_secs(1),
    };
    let (mut sum, mut told) = (Sum::default(), 0);
    for seed in first.. {
        let until = (seed_alone.is_none()).then(|| began + lasts);
        round(seed, minutes.is_some(), until, &mut sum);
        sum.rounds += 1;
        if began.elapsed().as_secs() / 60 > told {
            told = began.elapsed().as_secs() / 60;
            println!("minute {told}: {}", sum.line());
        }
        if seed_alone.is_some() || began.elapsed() >= lasts || sum.findings.len() >= MOST {
            break;
        }
    }
    println!("{}", sum.line());
    assert!(sum.answered > 0, "nothing was answered");
    assert!(sum.findings.is_empty(), "{}", sum.findings.join("\n"));
}

/// One round, or as much of it as fits before a time.
fn round(seed: u64, alone: bool, until: Option<Instant>, sum: &mut Sum) {
    let mut maker = Maker::new(seed);
    let world = maker.world();
    let mut guard = Guard::new(world, alone);
    for _ in 0..QUESTIONS {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        let (question, comparable) = maker.question();
        sum.questions += 1;
        match guard.ask(&question, comparable) {
            Ok(asked) => {
                sum.answered += u64::from(asked.error.is_none());
                sum.refused += u64::from(asked.error == Some(ErrorKind::Refused));
                sum.limited += u64::from(asked.error == Some(ErrorKind::Limit));
                sum.compared += u64::from(asked.compared);
            }
            Err(failure) => {
                sum.findings
                    .push(finding(seed, &mut guard, question, comparable, &failure));
                if sum.findings.len() >= MOST {
                    return;
                }
            }
        }
    }
    if let Err(failure) = guard.readable() {
        sum.findings
            .push(format!("seed {seed}: after the round: {failure}"));
    }
}

fn finding(
    seed: u64,
    guard: &mut Guard,
    question: Question,
    comparable: bool,
    failure: &Failure,
) -> String {
    let mut text = String::new();
    writeln!(text, "seed {seed}: {failure}").unwrap();
    let smallest = shrink::smallest(question, |smaller| {
        guard
            .ask(smaller, comparable)
            .err()
            .is_some_and(|other| other.is_like(failure))
    });
    writeln!(text, "  {}", smallest.text()).unwrap();
    if let Err(last) = guard.ask(&smallest, comparable) {
        writeln!(text, "  {last}").unwrap();
    }
    // What was made is shown by its end, which is where it grew.
    if text.len() > 6_000 {
        text.truncate(text.floor_char_boundary(6_000));
        text.push_str(" ..");
    }
    println!("{text}");
    text
}
