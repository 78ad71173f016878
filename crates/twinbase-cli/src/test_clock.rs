//! A clock that a test of a whole program sets, through a file or by answering over HTTP on the same machine.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use twinbase::prelude::*;

use crate::terminal::Failure;

/// Where the time of a test stands, and whether servers may have it too.
#[derive(Debug, Clone)]
pub struct TestClock {
    /// A file with one time as RFC 3339 has it, or an address such as `http://127.0.0.1:8080/now` that answers one.
    pub source: PathBuf,
    /// Whether databases that are not embedded may be written by it: those of a test are nobody's.
    pub on_servers: bool,
}

/// The time in a file, read whenever it is asked for.
#[derive(Debug)]
struct FileClock {
    file: PathBuf,
    /// What holds while the file is being written anew.
    last: Last,
}

/// The time that an address last answered.
#[derive(Debug)]
struct HttpClock(Arc<Last>);

/// Microseconds.
#[derive(Debug)]
struct Last(AtomicI64);

/// How often an address is asked: a test that sets the time waits no longer than that.
const EVERY: Duration = Duration::from_millis(20);
/// What does not answer for so long does not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// A time and the headers around it are far shorter.
const LONGEST_ANSWER: u64 = 4_096;

impl TestClock {
    /// The clock, which stands still until the file, or the answer, changes.
    pub(crate) fn open(&self, are_embedded: bool) -> Result<Arc<dyn Clock>, Failure> {
        if !are_embedded && !self.on_servers {
            let remedy = "Use embedded databases, or say that the servers are a test's as well.";
            return Err(Failure::new("a test clock is for embedded databases", remedy).of_usage());
        }
        let place = self.source.display().to_string();
        if let Some(rest) = place.strip_prefix("http://") {
            return HttpClock::open(rest).ok_or_else(|| {
                let remedy = "Name an address of this machine such as http://127.0.0.1:8080/now that answers a time such as \
                              2030-01-31T09:00:00Z.";
                Failure::new("the test clock answers no time", remedy)
                    .of_usage()
                    .at(&place)
            });
        }
        let now = read(&self.source).ok_or_else(|| {
            let remedy = "Write a time into it, such as 2030-01-31T09:00:00Z.";
            Failure::new("the file of the test clock has no time", remedy)
                .of_usage()
                .at(&place)
        })?;
        Ok(Arc::new(FileClock {
            file: self.source.clone(),
            last: Last::at(now),
        }))
    }
}

impl Last {
    fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_microsecond()))
    }

    fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::Relaxed);
    }

    fn get(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        if let Some(now) = read(&self.file) {
            self.last.set(now);
        }
        self.last.get()
    }
}

fn read(file: &Path) -> Option<Timestamp> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

impl HttpClock {
    /// Asks once, and then again and again until the clock is dropped. `address` is `127.0.0.1:8080/now`.
    fn open(address: &str) -> Option<Arc<dyn Clock>> {
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let host: SocketAddr = host.parse().ok()?;
        let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
        if !host.ip().is_loopback() || path.contains(char::is_whitespace) {
            return None;
        }
        let last = Arc::new(Last::at(ask(host, &request)?));
        let watched = Arc::downgrade(&last);
        thread::spawn(move || {
            while let Some(last) = watched.upgrade() {
                // No answer, or none that is a time: the clock stands.
                if let Some(now) = ask(host, &request) {
                    last.set(now);
                }
                drop(last);
                thread::sleep(EVERY);
            }
        });
        Some(Arc::new(Self(last)))
    }
}

impl Clock for HttpClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

fn ask(host: SocketAddr, request: &str) -> Option<Timestamp> {
    let mut stream = TcpStream::connect_timeout(&host, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream
        .take(LONGEST_ANSWER)
        .read_to_string(&mut answer)
        .ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let is_good = head.split(' ').nth(1) == Some("200");
    body.trim().parse().ok().filter(|_| is_good)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
        sync::Mutex,
        time::Instant,
    };

    use super::*;

    #[test]
    fn the_time_is_the_files_and_stands_while_that_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("now");
        let clock = TestClock {
            source: file.clone(),
            on_servers: false,
        };
        assert!(clock.open(true).is_err(), "there is no file");
        fs::write(&file, "2030-01-31T09:00:00Z\n").expect("it is written");
        assert!(clock.open(false).is_err(), "a server");
        let opened = clock.open(true).expect("it opens");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        fs::write(&file, "").expect("it is written");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        fs::write(&file, "2030-02-01T09:00:00+01:00").expect("it is written");
        assert_eq!(opened.now().to_string(), "2030-02-01T08:00:00Z");
    }

    /// Answers every request with the time that is set, one after another.
    fn serve(now: &Arc<Mutex<String>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, now) = (listener.local_addr().expect("an address"), now.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a client");
                // To the empty line: what is not read when it closes resets the connection.
                let mut request = BufReader::new(stream.try_clone().expect("a stream")).lines();
                while request
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                let now = now.lock().expect("it is set").clone();
                let answer = format!("HTTP/1.0 {now}\n");
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        address
    }

    #[test]
    fn the_time_is_what_an_address_of_this_machine_answers() {
        let good = |at: &str| format!("200 OK\r\n\r\n{at}");
        let now = Arc::new(Mutex::new(good("2030-01-31T09:00:00Z")));
        let address = serve(&now);
        let clock = |url: String| TestClock {
            source: url.into(),
            on_servers: false,
        };
        let source = clock(format!("http://{address}/now"));
        assert!(source.open(false).is_err(), "a server");
        let opened = source.open(true).expect("it opens");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        let set = |answer: String| *now.lock().expect("it is set") = answer;
        set("500 No\r\n\r\n2031-01-01T00:00:00Z".to_owned());
        assert!(source.open(true).is_err(), "it is no good answer");
        assert_eq!(opened.now().to_string(), "2030-01-31T09:00:00Z");
        set(good("2030-02-01T09:00:00+01:00"));
        let until = Instant::now() + Duration::from_secs(10);
        while opened.now().to_string() != "2030-02-01T08:00:00Z" {
            assert!(Instant::now() < until, "it is {}", opened.now());
            thread::yield_now();
        }
        for elsewhere in ["http://192.0.2.1:80/now", "http://localhost/now", "http://"] {
            assert!(
                clock(elsewhere.to_owned()).open(true).is_err(),
                "{elsewhere}"
            );
        }
    }
}
