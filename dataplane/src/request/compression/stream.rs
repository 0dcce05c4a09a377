//! A body that is compressed while it comes: the work of each piece is done by a worker, so that no thread that moves
//! bytes is held up, and as many work at once as there are workers, in turn between endpoints.

use std::{pin::Pin, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::oneshot;

use super::{super::body::Broken, encoder::Encoder};
use crate::{
    admission::{Admission, Claim, Permit},
    server::App,
};

/// Most bytes that are compressed at once: a few milliseconds of work.
const PIECE: usize = 256 << 10;

/// Bytes on their way, or what became of them.
pub(in crate::request) type Compressed = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;

/// With what it is done.
pub(super) struct Means {
    pub(super) app: Arc<App>,
    pub(super) admission: Arc<Admission>,
    /// Whose file it is.
    pub(super) claim: Claim,
    pub(super) _memory: Permit,
}

/// What there still is to do.
struct Work {
    means: Means,
    body: Compressed,
    encoder: Encoder,
    /// What came and was not compressed yet.
    rest: Bytes,
}

/// Compresses a body. Nothing is read before the first piece is asked for.
pub(super) fn compressed(
    means: Means,
    body: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
    encoder: Encoder,
) -> Compressed {
    let work = Work { means, body: Box::pin(body), encoder, rest: Bytes::new() };
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
            let size = self.rest.len().min(PIECE);
            let piece = self.rest.split_to(size);
            let mut encoder = self.encoder;
            let work = move || {
                let bytes = encoder.push(&piece).ok()?;
                Some((bytes, encoder))
            };
            let (bytes, encoder) = self.means.on_worker(size, work).await?;
            self.encoder = encoder;
            if !bytes.is_empty() {
                return Ok((bytes.into(), Some(self)));
            }
        }
        let encoder = self.encoder;
        let bytes = self.means.on_worker(0, move || encoder.finish().ok()).await?;
        Ok((bytes.into(), None))
    }
}

impl Means {
    /// Runs a piece of work of this size on a worker when it is its turn. `None` and a panic break the body.
    async fn on_worker<T: Send + 'static>(
        &self,
        size: usize,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<T, Broken> {
        let turn = self.admission.compress(&self.claim, size).await.map_err(|_| Broken::Compression)?;
        let (sender, receiver) = oneshot::channel();
        let run = move || {
            let began = Instant::now();
            let outcome = work();
            let took = began.elapsed();
            turn.done(took, took);
            // Nobody listens if the client is gone.
            let _ = sender.send(outcome);
        };
        self.app.pool.run(run).map_err(|_| Broken::Compression)?;
        receiver.await.ok().flatten().ok_or(Broken::Compression)
    }
}
