//! The loop: looks, keys and the size of the terminal become what is shown. A look that takes long does not hold up a key.

use std::{io, time::Duration};

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval, sleep};
use twinbase::Twinbase;

use super::{
    look::Look,
    rates::Rates,
    view::{Mode, Size, render},
};
use crate::{
    Host, Stop,
    terminal::{Exit, Failure, Line, Screen, Tone},
};

/// How often the age of a look is shown anew.
const TICK: Duration = Duration::from_secs(1);

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Quit,
    Hold,
}

/// Shows until a key or a signal ends it.
pub(super) async fn run(
    twin: &Twinbase,
    host: &impl Host,
    every: Duration,
    color: bool,
) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()?;
    let shown = show(twin, host, every, color, &stop).await;
    shown.map_err(|error| {
        Failure::new(
            "the terminal cannot be used as a display",
            "Use --once, which needs none.",
        )
        .because(error)
    })?;
    Ok(Exit::Done)
}

async fn show(
    twin: &Twinbase,
    host: &impl Host,
    every: Duration,
    color: bool,
    stop: &Stop,
) -> io::Result<()> {
    let screen = Screen::take(color)?;
    let mut events = EventStream::new();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut display = Display::default();
    let look = async |pause: Duration| {
        sleep(pause).await;
        Look::take(twin, host).await
    };
    let mut next = Box::pin(look(Duration::ZERO));
    loop {
        tokio::select! {
            taken = &mut next => {
                display.take(taken);
                next = Box::pin(look(every));
            }
            event = events.next() => match event {
                Some(Ok(event)) => if display.obey(&event) { return Ok(()) },
                Some(Err(error)) => return Err(error),
                // The terminal is gone.
                None => return Ok(()),
            },
            _ = tick.tick() => {}
            () = stop.asked() => return Ok(()),
        }
        let (width, height) = Screen::size()?;
        let height = Some(height);
        screen.show(&display.lines(twin, every, Size { width, height }))?;
    }
}

/// What is shown.
#[derive(Debug, Default)]
struct Display {
    look: Option<Look>,
    rates: Rates,
    held: bool,
}

impl Display {
    /// A held display keeps its look; the rates are followed all the same.
    fn take(&mut self, look: Look) {
        if let Ok(workers) = &look.workers {
            self.rates.take(workers);
        }
        if !self.held {
            self.look = Some(look);
        }
    }

    /// Does what an event asks for; answers whether that was the end.
    fn obey(&mut self, event: &Event) -> bool {
        match wish(event) {
            Some(Wish::Quit) => return true,
            Some(Wish::Hold) => self.held = !self.held,
            None => {}
        }
        false
    }

    fn lines(&self, twin: &Twinbase, interval: Duration, size: Size) -> Vec<Line> {
        let Some(look) = &self.look else {
            return vec![Line::of(Tone::Dim, "asking both databases …").fit(size.width)];
        };
        let mode = if self.held {
            Mode::Held
        } else {
            let now = twin.sides().clock.now();
            Mode::Live { now, interval }
        };
        render(look, &self.rates, mode, size)
    }
}

fn wish(event: &Event) -> Option<Wish> {
    let Event::Key(KeyEvent {
        code: KeyCode::Char(key),
        modifiers,
        kind: KeyEventKind::Press,
        ..
    }) = event
    else {
        return None;
    };
    let control = modifiers.contains(KeyModifiers::CONTROL);
    match (key, control) {
        ('q' | 'Q', false) | ('c', true) => Some(Wish::Quit),
        ('p' | 'P', false) => Some(Wish::Hold),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn key(key: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(key), modifiers))
    }

    #[test]
    fn q_and_ctrl_c_end_it_and_other_keys_do_not() {
        let mut display = Display::default();
        assert!(display.obey(&key('q', KeyModifiers::NONE)));
        assert!(display.obey(&key('c', KeyModifiers::CONTROL)));
        for (letter, modifiers) in [
            ('c', KeyModifiers::NONE),
            ('q', KeyModifiers::CONTROL),
            ('x', KeyModifiers::NONE),
        ] {
            assert!(!display.obey(&key(letter, modifiers)), "{letter}");
        }
        assert!(!display.obey(&Event::Resize(1, 1)));
    }

    #[test]
    fn a_held_display_keeps_its_look_until_it_is_let_go() {
        let mut display = Display::default();
        let at = |display: &Display| display.look.as_ref().map(|look| look.at.as_second());
        display.take(sample::look(1));
        display.obey(&key('p', KeyModifiers::NONE));
        display.take(sample::look(2));
        assert_eq!(at(&display), Some(1));
        display.obey(&key('p', KeyModifiers::NONE));
        display.take(sample::look(3));
        assert_eq!(at(&display), Some(3));
    }
}
