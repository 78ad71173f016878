//! The whole terminal as a display, given back as it was, whatever happens.

use std::{
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, execute, queue,
    style::Print,
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen,
    },
};

use super::Line;

/// Whether the terminal is a display now. One for the process: it has one terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal as a display. Dropping it gives the terminal back; so does a panic, before it is reported.
#[derive(Debug)]
pub struct Screen {
    color: bool,
}

impl Screen {
    /// Takes the terminal: its other screen, without echo and without lines.
    pub fn take(color: bool) -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let screen = Self { color };
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        Ok(screen)
    }

    /// Columns and rows.
    pub fn size() -> io::Result<(usize, usize)> {
        let (columns, rows) = terminal::size()?;
        Ok((columns.into(), rows.into()))
    }

    /// Shows these lines, from the top, and nothing else. Each row is emptied just before it is
    /// written: after a row of full width, that would take its last column away.
    pub fn show(&self, lines: &[Line]) -> io::Result<()> {
        let (_, rows) = terminal::size()?;
        let mut out = io::stdout().lock();
        queue!(out, BeginSynchronizedUpdate)?;
        for row in 0..rows {
            queue!(out, cursor::MoveTo(0, row), Clear(ClearType::UntilNewLine))?;
            if let Some(line) = lines.get(usize::from(row)) {
                let text = if self.color {
                    line.toned()
                } else {
                    line.plain()
                };
                queue!(out, Print(text))?;
            }
        }
        queue!(out, EndSynchronizedUpdate)?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is a display now, so that other output would spoil it.
pub(super) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Gives the terminal back when it was taken.
pub(super) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing any more.
        execute!(io::stdout(), cursor::Show, LeaveAlternateScreen).ok();
        terminal::disable_raw_mode().ok();
    }
}
