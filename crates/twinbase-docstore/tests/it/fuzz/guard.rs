//! Asks a question where nothing that it does harms the one who asks: in a thread of its own, measured.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use bson::{Bson, Document};
use rustix::time::{ClockId, clock_gettime};
use twinbase_docstore::{Collation, Error, ErrorKind, Find, IndexSpec, Options, Outcome, Store};

use super::Question;
use crate::support::{Scratch, put};

/// The limits of the stores.
const TIME: Duration = Duration::from_millis(200);
const MEMORY_BYTES: usize = 8 * 1024 * 1024;
const RESULT_BYTES: usize = 1024 * 1024;
/// Processor time of a query that is too much: five times its limit.
const SLOW: Duration = Duration::from_secs(1);
/// After this it does not come back; the machine may be busy with other things.
const HANGS: Duration = Duration::from_mins(1);
/// What a query may add to the memory of the process: its budget, its result, SQLite's caches, and an unoptimized program's waste.
const GROWTH_BYTES: u64 = 96 * 1024 * 1024;
/// The name of the file that tells the last question, for a process that does not come to tell it.
const LAST: &str = "TWINBASE_FUZZ_LAST";

/// What a round is asked of.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) documents: Vec<Document>,
    pub(super) indexes: Vec<IndexSpec>,
    /// By which both stores are asked.
    pub(super) collation: Option<Collation>,
}

/// What must not happen.
#[derive(Debug)]
pub(super) enum Failure {
    Panicked(String),
    Hangs,
    Slow(Duration),
    Memory(u64),
    ResultTooLarge(usize),
    /// An error that says that the store is broken or away, which it is not.
    Blamed(String),
    Differs(String),
    Unreadable(String),
}

impl Failure {
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::Hangs => write!(f, "does not end"),
            Self::Slow(time) => write!(f, "took {time:?} of processor time, its limit is {TIME:?}"),
            Self::Memory(bytes) => write!(f, "took {bytes} bytes, its limit is {MEMORY_BYTES}"),
            Self::ResultTooLarge(bytes) => {
                write!(f, "gave {bytes} bytes, the limit is {RESULT_BYTES}")
            }
            Self::Blamed(error) => write!(f, "blamed the store: {error}"),
            Self::Differs(text) => write!(f, "the answers differ: {text}"),
            Self::Unreadable(text) => write!(f, "the store cannot be read: {text}"),
        }
    }
}

/// How a question went.
#[derive(Debug)]
pub(super) struct Asked {
    /// Of the error that was the answer, `None` where there was none.
    pub(super) error: Option<ErrorKind>,
    pub(super) compared: bool,
}

/// What one store said: the answer, the processor time, and what it added to the peak of memory.
struct Reply {
    answer: Result<Result<Vec<Document>, Error>, Box<dyn Any + Send>>,
    took: Duration,
    grew: u64,
}

/// Two stores with the same documents, one of them with indexes, in a thread that may be given up.
pub(super) struct Guard {
    world: World,
    alone: bool,
    questions: Sender<Question>,
    replies: Receiver<[Reply; 2]>,
}

impl Guard {
    /// `alone` says that the memory of the process is that of the questions.
    pub(super) fn new(world: World, alone: bool) -> Self {
        let (questions, asked) = channel::<Question>();
        let (answers, replies) = channel();
        let own = world.clone();
        thread::spawn(move || {
            let indexed = store(&own, &own.indexes, |_| true);
            // What an index rejects (two arrays in one key) is in neither, so that the answers can be compared.
            let taken = |id: &str| !indexed.versions("c", &[id]).unwrap().is_empty();
            // Without its text index a collection cannot be searched at all.
            let texts: Vec<_> = own
                .indexes
                .iter()
                .filter(|of| of.text.is_some())
                .cloned()
                .collect();
            let held = [store(&own, &texts, taken), indexed];
            let stores = held
                .each_ref()
                .map(|store| store.collated(own.collation.as_ref()).unwrap());
            while let Ok(question) = asked.recv() {
                let of = |store: &Store| measured(store, &question, alone);
                if answers.send([of(&stores[0]), of(&stores[1])]).is_err() {
                    return;
                }
            }
        });
        Self {
            world,
            alone,
            questions,
            replies,
        }
    }

    pub(super) fn ask(&mut self, question: &Question, comparable: bool) -> Result<Asked, Failure> {
        if let Some(file) = std::env::var_os(LAST) {
            std::fs::write(file, question.text()).unwrap();
        }
        self.questions.send(question.clone()).unwrap();
        let [plain, indexed] = match self.replies.recv_timeout(HANGS) {
            Ok(replies) => replies,
            Err(RecvTimeoutError::Timeout) => {
                *self = Self::new(self.world.clone(), self.alone);
                return Err(Failure::Hangs);
            }
            Err(RecvTimeoutError::Disconnected) => {
                *self = Self::new(self.world.clone(), self.alone);
                return Err(Failure::Unreadable(
                    "the store could not be filled".to_owned(),
                ));
            }
        };
        let (plain, indexed) = (judged(plain)?, judged(indexed)?);
        let compared = comparable && plain.is_ok() && indexed.is_ok();
        if let (true, Ok(plain), Ok(indexed)) = (comparable, &plain, &indexed) {
            same(question, plain, indexed)?;
        }
        let error = plain.as_ref().err().map(Error::kind);
        Ok(Asked { error, compared })
    }

    /// Every document is still there, as it was put.
    pub(super) fn readable(&mut self) -> Result<(), Failure> {
        let all = Question::Find(Find {
            sort: bson::doc! { "_id": 1 },
            ..Find::default()
        });
        self.ask(&all, true)?;
        let count = Question::Count(Document::new());
        self.ask(&count, true).map(|_| ())
    }
}

fn store(world: &World, indexes: &[IndexSpec], is_wanted: impl Fn(&str) -> bool) -> Scratch {
    let mut options = Options::default();
    options.max_time = TIME;
    options.max_memory_bytes = MEMORY_BYTES;
    options.max_result_bytes = RESULT_BYTES;
    let store = Scratch::with(options);
    store.ensure_collection("c", &[]).unwrap();
    for spec in indexes {
        // Nonsense is refused; what else comes of it is for the questions to show.
        let made = store.ensure_collection("c", std::slice::from_ref(spec));
        assert!(
            made.is_ok() || made.is_err_and(|error| error.kind() == ErrorKind::Refused),
            "{spec:?}"
        );
    }
    let puts: Vec<_> = world
        .documents
        .iter()
        .enumerate()
        .map(|(n, document)| put(&format!("{n:03}"), 1, document.clone()))
        .filter(|put| is_wanted(&put.id))
        .collect();
    for (put, outcome) in puts.iter().zip(store.apply("c", &puts).unwrap()) {
        assert!(
            matches!(outcome, Outcome::Applied | Outcome::Rejected { .. }),
            "{put:?}: {outcome:?}"
        );
    }
    store
}

fn measured(store: &Store, question: &Question, alone: bool) -> Reply {
    let before = if alone { memory("VmRSS:") } else { 0 };
    if alone {
        // Linux: the peak begins again at what there is.
        std::fs::write("/proc/self/clear_refs", "5").ok();
    }
    let began = processor();
    let answer = catch_unwind(AssertUnwindSafe(|| ask(store, question)));
    let took = processor().saturating_sub(began);
    let grew = if alone {
        memory("VmHWM:").saturating_sub(before)
    } else {
        0
    };
    Reply { answer, took, grew }
}

fn ask(store: &Store, question: &Question) -> Result<Vec<Document>, Error> {
    match question {
        Question::Find(find) => store.find("c", find),
        Question::Pipeline(stages) => store.aggregate("c", stages),
        Question::Count(filter) => {
            let count = i64::try_from(store.count("c", filter)?).unwrap();
            Ok(vec![bson::doc! { "count": count }])
        }
    }
}

/// Processor time of this thread.
fn processor() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| {
        line.trim()
            .trim_end_matches(" kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    kib.unwrap_or_default() * 1024
}

fn judged(reply: Reply) -> Result<Result<Vec<Document>, Error>, Failure> {
    let answer = reply.answer.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Failure::Panicked(
            text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_default(),
        )
    })?;
    if reply.took > SLOW {
        return Err(Failure::Slow(reply.took));
    }
    if reply.grew > GROWTH_BYTES {
        return Err(Failure::Memory(reply.grew));
    }
    match &answer {
        Ok(documents) => {
            let bytes = documents
                .iter()
                .map(|document| document.to_vec().map_or(0, |bytes| bytes.len()))
                .sum();
            if bytes > RESULT_BYTES {
                return Err(Failure::ResultTooLarge(bytes));
            }
        }
        Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::BadFile) => {
            return Err(Failure::Blamed(format!("{error:?}")));
        }
        Err(_) => {}
    }
    Ok(answer)
}

/// Without a sort the order is open, so there both are sorted.
fn same(question: &Question, plain: &[Document], indexed: &[Document]) -> Result<(), Failure> {
    let bytes = |documents: &[Document]| -> Vec<Vec<u8>> {
        documents
            .iter()
            .map(|document| document.to_vec().unwrap())
            .collect()
    };
    let (mut a, mut b) = (bytes(plain), bytes(indexed));
    if matches!(question, Question::Find(find) if find.sort.is_empty()) {
        a.sort();
        b.sort();
    }
    if a == b {
        return Ok(());
    }
    let only = |these: &[Document], bytes: &[Vec<u8>]| {
        let only = these
            .iter()
            .filter(|d| !bytes.contains(&d.to_vec().unwrap()));
        only.take(2)
            .map(|d| Bson::Document(d.clone()).to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    Err(Failure::Differs(format!(
        "{} without indexes, {} with; only without: {}; only with: {}",
        plain.len(),
        indexed.len(),
        only(plain, &b),
        only(indexed, &a)
    )))
}
