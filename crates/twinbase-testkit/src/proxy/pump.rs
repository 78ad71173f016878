//! One direction of one connection: reads, does to each piece what the mode says, passes it on.

use std::{sync::PoisonError, time::Duration};

use rand::Rng as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::tcp::{ReadHalf, WriteHalf},
    sync::watch,
};

use super::{Mode, Shared, Way, mode::Orders};

/// The most that is read at once.
const PIECE_BYTES: usize = 16 << 10;

/// Why a connection is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As ordered.
    Cut,
    /// One side is gone.
    Broken,
}

pub(super) struct Pump<'a> {
    way: Way,
    half_closes: u64,
    orders: watch::Receiver<Orders>,
    shared: &'a Shared,
    /// Something is missing from this direction.
    swallowed: bool,
    /// How many bytes came from the server, and under which number of the mode.
    counted: (u64, usize),
}

impl<'a> Pump<'a> {
    pub(super) fn new(way: Way, born: &Orders, shared: &'a Shared) -> Self {
        Self {
            way,
            half_closes: born.half_closes[way as usize],
            orders: shared.orders.subscribe(),
            shared,
            swallowed: false,
            counted: (0, 0),
        }
    }

    /// Returns when its sender is done and its receiver knows.
    pub(super) async fn run(
        mut self,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
    ) -> Result<(), End> {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = tokio::select! {
                read = from.read(&mut piece) => read,
                () = self.shared.ordered(|orders| orders.half_closes[self.way as usize] > self.half_closes) => {
                    return self.half_close(from, to).await;
                }
            };
            match read {
                Err(_) => return Err(End::Broken),
                // Who waits for lost bytes is told when the other side gives up.
                Ok(0) if self.swallowed => return Err(End::Broken),
                Ok(0) => {
                    // An end is held as bytes are.
                    self.moves().await;
                    to.shutdown().await.ok();
                    return Ok(());
                }
                Ok(bytes) => self.pass(&piece[..bytes], &mut to).await?,
            }
        }
    }

    /// Ends this direction for its receiver and takes what its sender still sends.
    async fn half_close(&self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), End> {
        to.shutdown().await.ok();
        let mut rest = [0; 1024];
        loop {
            match from.read(&mut rest).await {
                Ok(0) => return Ok(()),
                Ok(bytes) => self.lose(bytes),
                Err(_) => return Err(End::Broken),
            }
        }
    }

    async fn pass(&mut self, piece: &[u8], to: &mut WriteHalf<'_>) -> Result<(), End> {
        let orders = self.orders.borrow_and_update().clone();
        match orders.mode {
            Mode::Swallow(way) if way == self.way => self.swallowed = true,
            Mode::Delay(least, most) => tokio::time::sleep(self.between(least, most)).await,
            Mode::Hold => self.moves().await,
            Mode::CutAnswer { after_bytes } if self.way == Way::ToClient => {
                if let Some(allowed) = self.cuts_in(piece.len(), after_bytes, orders.number) {
                    self.deliver(&piece[..allowed], to).await?;
                    return Err(End::Cut);
                }
            }
            Mode::LoseAnswer { after_bytes } if self.way == Way::ToClient => {
                if let Some(allowed) = self.cuts_in(piece.len(), after_bytes, orders.number) {
                    self.deliver(&piece[..allowed], to).await?;
                    self.swallowed = true;
                    self.lose(piece.len() - allowed);
                    return Ok(());
                }
            }
            Mode::Throttle { bytes_per_second } if !self.swallowed => {
                return self.trickle(piece, bytes_per_second, to).await;
            }
            Mode::Pass
            | Mode::Refuse
            | Mode::Absent
            | Mode::Swallow(_)
            | Mode::CutAnswer { .. }
            | Mode::LoseAnswer { .. }
            | Mode::Throttle { .. } => {}
        }
        if self.swallowed {
            self.lose(piece.len());
        } else {
            self.deliver(piece, to).await?;
        }
        Ok(())
    }

    /// Returns when nothing is held.
    async fn moves(&mut self) {
        let moves = self.orders.wait_for(|orders| orders.mode != Mode::Hold);
        moves.await.ok();
    }

    async fn deliver(&self, bytes: &[u8], to: &mut WriteHalf<'_>) -> Result<(), End> {
        to.write_all(bytes).await.map_err(|_| End::Broken)?;
        let mut counted = self.shared.counted();
        match self.way {
            Way::ToServer => counted.bytes_to_server += bytes.len() as u64,
            Way::ToClient => counted.bytes_to_client += bytes.len() as u64,
        }
        Ok(())
    }

    fn lose(&self, bytes: usize) {
        self.shared.counted().bytes_lost += bytes as u64;
    }

    /// Delivers a twentieth of a second's bytes at a time.
    async fn trickle(&self, piece: &[u8], rate: u32, to: &mut WriteHalf<'_>) -> Result<(), End> {
        let rate = rate.max(1);
        for part in piece.chunks((rate as usize / 20).max(1)) {
            let seconds =
                f64::from(u32::try_from(part.len()).unwrap_or(u32::MAX)) / f64::from(rate);
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            self.deliver(part, to).await?;
        }
        Ok(())
    }

    /// How much of a piece still arrives, when this is the connection whose answer is cut or lost, now.
    fn cuts_in(&mut self, bytes: usize, after_bytes: usize, number: u64) -> Option<usize> {
        if self.counted.0 != number {
            self.counted = (number, 0);
        }
        let before = self.counted.1;
        self.counted.1 += bytes;
        if self.counted.1 <= after_bytes {
            return None;
        }
        let first = self.shared.orders.send_if_modified(|orders| {
            let first = orders.number == number;
            if first {
                orders.enter(Mode::Pass);
            }
            first
        });
        first.then(|| after_bytes.saturating_sub(before))
    }

    fn between(&self, least: Duration, most: Duration) -> Duration {
        let random = &mut *self
            .shared
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        random.random_range(least..=most.max(least))
    }
}
