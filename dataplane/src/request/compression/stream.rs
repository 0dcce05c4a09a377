//! A body that is compressed while it comes: the work of each piece is done by a worker, so that no thread that moves
//! bytes is held up, and as many work at once as there are workers.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::{Semaphore, oneshot};

use super::{super::body::Broken, encoder::Encoder};
use crate::{budget::Reservation, server::App};

/// Most bytes that are compressed at once: a few milliseconds of work.
const PIECE: usize = 256 << 10;

/// Bytes on their way, or what became of them.
pub(in crate::request) type Compressed = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;

/// What there still is to do.
struct Work {
    app: Arc<App>,
    turns: Arc<Semaphore>,
    body: Compressed,
    encoder: Encoder,
    /// What came and was not compressed yet.
    rest: Bytes,
    _memory: Reservation,
}

/// Compresses a body. Nothing is read before the first piece is asked for.
pub(super) fn compressed(
    app: &Arc<App>,
    turns: &Arc<Semaphore>,
    body: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
    encoder: Encoder,
    memory: Reservation,
) -> Compressed {
    let (app, turns, body) = (Arc::clone(app), Arc::clone(turns), Box::pin(body));
    let work = Work { app, turns, body, encoder, rest: Bytes::new(), _memory: memory };
    Box::pin(stream::unfold(Some(work), |work| async {
        let outcome = work?.next().await;
        Some(match outcome {
            Ok((bytes, more)) => (Ok(bytes), more),
            Err(broken) => (Err(broken), None),
        })
    }))
}

impl Work {
    /// The next compressed bytes, and what is left to do after them.
    async fn next(mut self) -> Result<(Bytes, Option<Self>), Broken> {
        loop {
            if self.rest.is_empty() {
                match self.body.next().await {
                    Some(piece) => self.rest = piece?,
                    None => break,
                }
            }
            let piece = self.rest.split_to(self.rest.len().min(PIECE));
            let mut encoder = self.encoder;
            let (bytes, encoder) = on_worker(&self.app, &self.turns, move || {
                let bytes = encoder.push(&piece).ok()?;
                Some((bytes, encoder))
            })
            .await?;
            self.encoder = encoder;
            if !bytes.is_empty() {
                return Ok((bytes.into(), Some(self)));
            }
        }
        let encoder = self.encoder;
        let bytes = on_worker(&self.app, &self.turns, move || encoder.finish().ok()).await?;
        Ok((bytes.into(), None))
    }
}

/// Runs a piece of work on a worker when it is its turn. `None` and a panic break the body.
async fn on_worker<T: Send + 'static>(
    app: &App,
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T, Broken> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(|_| Broken::Compression)?;
    let (sender, receiver) = oneshot::channel();
    app.pool
        .run(move || {
            let outcome = work();
            drop(turn);
            // Nobody listens if the client is gone.
            let _ = sender.send(outcome);
        })
        .map_err(|_| Broken::Compression)?;
    receiver.await.ok().flatten().ok_or(Broken::Compression)
}
