//! What open pages have to read again: names of what changed for their reader, never what it is.
//!
//! One task learns of changes ([`watch`]) and notes for whom they are ([`record`]); each open page has a [`Stream`] that
//! reads there. A position is a time of the server and which process gave it, so a page can say to any process up to when it
//! knows; what that process does not know for sure it tells again.

mod record;
mod watch;
mod whose;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch as channel,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use twinbase::prelude::*;
use twinbase_web::Client;

use crate::domain::Topic;
use record::{Moment, Record, Whom};

/// Enough for every window that a person has in sight.
const MOST_OF_USER: usize = 8;
/// Behind one address there can be a class, and it leaves room for others.
const MOST_OF_ADDRESS: usize = MOST / 2;
/// Half of the connections that the server takes: the others are for requests.
const MOST: usize = 256;
/// So much may the clocks of two processes differ.
const SKEW: Moment = 2_000;
/// For so long the task goes on after the last page: the next one mostly comes sooner.
const LINGER: Duration = Duration::from_mins(1);
/// For so long a page waits for the task to begin.
const BEGIN: Duration = Duration::from_secs(1);

/// What open pages have to read again. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(Arc<Inner>);

struct Inner {
    twin: Twinbase,
    stop: CancellationToken,
    /// Which process gave a position.
    process: String,
    record: Mutex<Record>,
    open: Mutex<Open>,
    /// The last try to follow changes failed.
    is_blind: AtomicBool,
    /// Changes when the record does.
    news: channel::Sender<()>,
}

#[derive(Default)]
struct Open {
    held: HashMap<Holder, usize>,
    streams: usize,
    /// When a page was made that may open a stream.
    asked: Option<Instant>,
    is_watched: bool,
}

/// Whose streams are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holder {
    User(AggregateId),
    Address(Client),
}

impl Holder {
    const fn most(&self) -> usize {
        match self {
            Self::User(_) => MOST_OF_USER,
            // Who cannot be told apart is not counted together.
            Self::Address(Client(None)) => MOST,
            Self::Address(_) => MOST_OF_ADDRESS,
        }
    }
}

/// Why a page is not told of changes; it asks now and then instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are too many streams, of this user, of this address or in all.
    Full,
    /// Changes cannot be followed, on this database or at present.
    Blind,
}

/// The changes that one page is told of.
pub(crate) struct Stream {
    live: Live,
    user: AggregateId,
    holders: [Holder; 2],
    topics: Vec<Topic>,
    /// Up to when the page knows; `None` when that is not known.
    from: Option<Moment>,
    news: channel::Receiver<()>,
}

impl Live {
    /// For the pages of this twin, until the process is to stop.
    pub(crate) fn new(twin: Twinbase, stop: CancellationToken) -> Self {
        let id = twin.new_id();
        let process: String = id.as_str().chars().rev().take(8).collect();
        Self(Arc::new(Inner {
            twin,
            stop,
            process,
            record: Mutex::default(),
            open: Mutex::default(),
            is_blind: AtomicBool::new(false),
            news: channel::Sender::default(),
        }))
    }

    /// The position of a page that is read from now on.
    pub(crate) async fn position(&self) -> String {
        let mut news = self.0.news.subscribe();
        self.watch();
        let is_known = || self.0.record().is_watched() || self.0.is_blind();
        let begun = news.wait_for(|()| is_known());
        // Without it the page is told everything when it opens its stream.
        let _ = timeout(BEGIN, begun).await;
        self.0.position(self.0.now())
    }

    /// Opens the stream of a page that knows everything up to a position.
    pub(crate) fn open(
        &self,
        user: AggregateId,
        client: Client,
        topics: Vec<Topic>,
        position: Option<&str>,
    ) -> Result<Stream, Refused> {
        if self.0.is_blind() {
            self.watch();
            return Err(Refused::Blind);
        }
        let mut open = self.0.open();
        let holders = [Holder::User(user.clone()), Holder::Address(client)];
        let held = |of: &Holder| open.held.get(of).copied().unwrap_or_default();
        if open.streams >= MOST || holders.iter().any(|of| held(of) >= of.most()) {
            return Err(Refused::Full);
        }
        for holder in &holders {
            *open.held.entry(holder.clone()).or_default() += 1;
        }
        open.streams += 1;
        drop(open);
        self.watch();
        Ok(Stream {
            from: position.and_then(|position| self.0.moment(position)),
            news: self.0.news.subscribe(),
            live: self.clone(),
            user,
            holders,
            topics,
        })
    }

    /// Ends when the process is to stop.
    pub(crate) async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Has the task run for a while.
    fn watch(&self) {
        let mut open = self.0.open();
        open.asked = Some(Instant::now());
        if !open.is_watched && !self.0.stop.is_cancelled() {
            open.is_watched = true;
            tokio::spawn(watch::run(Arc::clone(&self.0)));
        }
    }
}

impl Stream {
    /// Waits for what the page has to read again; never returns nothing. With it comes the position up to which the page knows
    /// then. It can be dropped at any time and called again.
    pub(crate) async fn next(&mut self) -> (Vec<Topic>, String) {
        loop {
            self.news.borrow_and_update();
            if let Some(told) = self.told() {
                return told;
            }
            // The sender lives as long as this.
            let _ = self.news.changed().await;
        }
    }

    fn told(&mut self) -> Option<(Vec<Topic>, String)> {
        let record = self.live.0.record();
        if !record.is_watched() {
            return None;
        }
        let (topics, latest) = record.after(self.from, &self.user, &self.topics);
        self.from = Some(latest);
        (!topics.is_empty()).then(|| (topics, self.live.0.position(latest)))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.live.0.open();
        open.streams = open.streams.saturating_sub(1);
        for holder in &self.holders {
            if let Some(held) = open.held.get_mut(holder) {
                *held -= 1;
                if *held == 0 {
                    open.held.remove(holder);
                }
            }
        }
    }
}

impl Inner {
    fn now(&self) -> Moment {
        self.twin.now().as_millisecond()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, moment: Moment) -> String {
        format!("{moment}-{}", self.process)
    }

    /// What another process calls so may be a bit earlier here.
    fn moment(&self, position: &str) -> Option<Moment> {
        let (moment, process) = position.split_once('-')?;
        let moment: Moment = moment.parse().ok()?;
        let is_ours = process == self.process;
        Some(moment.saturating_sub(if is_ours { 0 } else { SKEW }))
    }

    fn is_blind(&self) -> bool {
        self.is_blind.load(Ordering::Relaxed)
    }

    fn begin_record(&self) {
        self.record().begin(self.now());
        self.is_blind.store(false, Ordering::Relaxed);
        self.news.send_replace(());
    }

    /// Changes cannot be followed: whoever comes meanwhile is told everything when it goes on.
    fn lose_record(&self) {
        self.end_record();
        self.is_blind.store(true, Ordering::Relaxed);
        self.news.send_replace(());
    }

    fn end_record(&self) {
        self.record().end();
    }

    fn tell(&self, changes: impl IntoIterator<Item = (Whom, Topic)>) {
        self.record().note(self.now(), changes);
        self.news.send_replace(());
    }

    /// Whether the task goes on: a page is open, or one was made lately. Else the task ends, and whoever comes later starts
    /// another.
    fn goes_on(&self) -> bool {
        let mut open = self.open();
        let lately = open.asked.is_some_and(|asked| asked.elapsed() < LINGER);
        if open.streams > 0 || lately {
            return true;
        }
        self.end_record();
        open.is_watched = false;
        false
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::domain::community;

    #[tokio::test]
    async fn one_address_has_half_of_all_streams_and_gets_back_what_it_closes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let twin = community()
            .primary(&format!("sqlite:{}", file("app.db")))
            .replica(&format!("embedded:{}", file("documents.db")));
        let twin = twin.open().await.expect("it opens");
        twin.migrate().await.expect("it migrates");
        let live = Live::new(twin.clone(), CancellationToken::new());
        let open = |last: u8| {
            let address = Ipv4Addr::new(192, 0, 2, last);
            let client = Client(Some(address.into()));
            live.open(twin.new_id(), client, vec![Topic::Todos], None)
        };
        let mut streams: Vec<_> = (0..MOST_OF_ADDRESS)
            .map(|_| open(1).map_err(|refused| format!("{refused:?}")))
            .collect::<Result<_, _>>()
            .expect("there is room");
        assert_eq!(open(1).err(), Some(Refused::Full));
        assert!(open(2).is_ok(), "others have room");
        streams.pop();
        assert!(open(1).is_ok());
        drop(streams);
        assert!(live.0.open().held.is_empty());
    }
}
