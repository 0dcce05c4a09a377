//! The bytes of a file on their way: watched for stalls, bounded in size and time, counted when they end.

use std::{
    collections::VecDeque,
    fmt,
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, stream::BoxStream};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    Failure,
    failure::{Row, transfer},
    sender::Sender,
    source::Slot,
    window::Outcome,
};

/// Pieces of a file as an origin type delivers them.
pub(crate) type Chunks = BoxStream<'static, Result<Bytes, Failure>>;

/// Longest buffer that is reserved on the word of an origin, in bytes; a larger one grows with what really comes.
const TRUSTED_CAPACITY: u64 = 64 << 20;

/// The bytes of a file. Ends with an error when the origin pauses too long, breaks off, or exceeds a limit.
///
/// Holds one of the origin's slots until it is dropped, so a reader that wants no more drops it.
pub struct Body {
    chunks: Option<Chunks>,
    /// Pieces that were looked at and not yet read.
    held: VecDeque<Bytes>,
    /// Announced length, for reserving memory and for refusing early.
    announced: Option<u64>,
    read: u64,
    limit: u64,
    stall: Option<Stall>,
    deadline: Option<Pin<Box<Sleep>>>,
    sender: Sender,
    outcome: Option<Outcome>,
    /// Given back when the body is dropped or at its end.
    slot: Option<Slot>,
}

/// The timer of pauses. It runs only while the origin is waited for: a slow reader is no stall.
struct Stall {
    longest: Duration,
    timer: Pin<Box<Sleep>>,
    running: bool,
}

impl Body {
    /// Wraps the pieces that an origin delivers.
    pub(crate) fn new(chunks: Chunks, announced: Option<u64>, sender: Sender) -> Self {
        Self {
            chunks: Some(chunks),
            held: VecDeque::new(),
            announced,
            read: 0,
            limit: u64::MAX,
            stall: None,
            deadline: None,
            sender,
            outcome: None,
            slot: None,
        }
    }

    /// Lets the body fail when the origin pauses for longer than `longest`.
    pub(crate) fn with_stall_timeout(mut self, longest: Duration) -> Self {
        let timer = Box::pin(sleep_until(Instant::now() + longest));
        self.stall = Some(Stall { longest, timer, running: false });
        self
    }

    /// Reports how the transfer ends, once.
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Keeps one of the origin's slots while bytes come.
    pub(crate) fn with_slot(mut self, slot: Slot) -> Self {
        self.slot = Some(slot);
        self
    }

    /// Lowers the limit of bytes that may be read.
    ///
    /// # Errors
    /// [`crate::Code::Elimit`] when the announced length is above it already.
    pub(crate) fn limit(&mut self, bytes: u64) -> Result<(), Failure> {
        self.limit = self.limit.min(bytes);
        match self.announced {
            Some(size) if size > self.limit => Err(self.fail(Failure::too_large(Some(size), self.limit))),
            _ => Ok(()),
        }
    }

    /// Lets the body fail at an instant, or no longer at any.
    pub(crate) fn expire_at(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline.map(|deadline| Box::pin(sleep_until(deadline)));
    }

    /// Leaves a pause of the reader out of the time that the body has: it is not the origin's.
    pub fn allow(&mut self, pause: Duration) {
        if let Some(deadline) = &mut self.deadline {
            let later = deadline.deadline() + pause;
            deadline.as_mut().reset(later);
        }
    }

    /// Puts a stage between the origin and the reader; the announced length no longer holds.
    pub(crate) fn transform(mut self, stage: impl FnOnce(Chunks) -> Chunks) -> Self {
        let held = std::mem::take(&mut self.held);
        self.announced = None;
        self.read = 0;
        self.chunks = self.chunks.take().map(|rest| {
            let all = futures::stream::iter(held.into_iter().map(Ok)).chain(rest);
            stage(all.boxed())
        });
        self
    }

    /// Shows every piece to `watch` before it is read.
    #[must_use]
    pub fn watched(self, mut watch: impl FnMut(&Bytes) + Send + 'static) -> Self {
        let announced = self.announced;
        let mut watched =
            self.transform(|chunks| chunks.inspect(move |piece| piece.iter().for_each(&mut watch)).boxed());
        watched.announced = announced;
        watched
    }

    /// Looks at the first `count` bytes, or all of a shorter file, without taking them from the body.
    ///
    /// # Errors
    /// As reading does; the body has then ended.
    pub async fn peek(&mut self, count: usize) -> Result<Bytes, Failure> {
        let mut size: usize = self.held.iter().map(Bytes::len).sum();
        while size < count {
            match self.next_of_origin().await {
                Some(piece) => {
                    let piece = piece?;
                    size += piece.len();
                    self.held.push_back(piece);
                }
                None => break,
            }
        }
        match self.held.front() {
            None => Ok(Bytes::new()),
            Some(first) if first.len() >= count || self.held.len() == 1 => {
                Ok(first.slice(..count.min(first.len())))
            }
            Some(_) => {
                let mut start = BytesMut::with_capacity(count.min(size));
                for piece in &self.held {
                    let missing = count - start.len();
                    start.extend_from_slice(piece.get(..missing.min(piece.len())).unwrap_or_default());
                }
                Ok(start.freeze())
            }
        }
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// [`crate::Code::Elimit`] for more than `max_bytes`, and whatever ends the transfer early.
    pub async fn collect(mut self, max_bytes: u64) -> Result<Bytes, Failure> {
        self.limit(max_bytes)?;
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let expected = self.announced.unwrap_or(0).min(self.limit).min(TRUSTED_CAPACITY);
        let expected = usize::try_from(expected).unwrap_or(0).max(first.len() + second.len());
        let mut all = BytesMut::with_capacity(expected);
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        drop((first, second));
        while let Some(piece) = self.next().await.transpose()? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    async fn next_of_origin(&mut self) -> Option<Result<Bytes, Failure>> {
        std::future::poll_fn(|context| self.poll_origin(context)).await
    }

    fn poll_origin(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        let Some(chunks) = &mut self.chunks else { return Poll::Ready(None) };
        match chunks.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(piece))) => {
                if let Some(stall) = &mut self.stall {
                    stall.running = false;
                }
                self.read = self.read.saturating_add(piece.len() as u64);
                if self.read > self.limit {
                    let failure = Failure::too_large(None, self.limit);
                    return Poll::Ready(Some(Err(self.fail(failure))));
                }
                // A total deadline must also end an origin that always has a little more.
                if self.is_expired(context) {
                    return Poll::Ready(Some(Err(self.out_of_time())));
                }
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(Some(Err(failure))) => Poll::Ready(Some(Err(self.fail(failure)))),
            Poll::Ready(None) => {
                self.close();
                if let Some(outcome) = self.outcome.take() {
                    outcome.succeeded();
                }
                Poll::Ready(None)
            }
            Poll::Pending => {
                if self.is_expired(context) {
                    return Poll::Ready(Some(Err(self.out_of_time())));
                }
                let Some(stall) = &mut self.stall else { return Poll::Pending };
                if !stall.running {
                    stall.timer.as_mut().reset(Instant::now() + stall.longest);
                    stall.running = true;
                }
                match stall.timer.as_mut().poll(context) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(()) => {
                        let limit = format!("{} ms", stall.longest.as_millis());
                        let failure = self.failure(&transfer::STALLED, limit);
                        Poll::Ready(Some(Err(self.fail(failure))))
                    }
                }
            }
        }
    }

    fn is_expired(&mut self, context: &mut Context<'_>) -> bool {
        self.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(context).is_ready())
    }

    fn out_of_time(&mut self) -> Failure {
        let failure = self.failure(&transfer::BODY_TOO_SLOW, String::new());
        self.fail(failure)
    }

    fn failure(&self, row: &Row, limit: String) -> Failure {
        let more = vec![("read", self.read.to_string()), ("limit", limit)];
        self.sender.failure(row, "", more)
    }

    /// Who delivers it.
    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Ends the body; nothing more is read from the origin.
    pub(crate) fn fail(&mut self, failure: Failure) -> Failure {
        self.held.clear();
        self.close();
        if let Some(outcome) = self.outcome.take() {
            outcome.failed(&failure);
        }
        failure
    }

    /// Lets go of the origin.
    fn close(&mut self) {
        self.chunks = None;
        self.slot = None;
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        match this.held.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(piece))),
            None => this.poll_origin(context),
        }
    }
}

impl From<Bytes> for Body {
    /// A body that is here already, of no origin.
    fn from(bytes: Bytes) -> Self {
        let announced = Some(bytes.len() as u64);
        let pieces = if bytes.is_empty() { None } else { Some(Ok(bytes)) };
        Self::new(futures::stream::iter(pieces).boxed(), announced, Sender::new("memory", ""))
    }
}

impl Drop for Body {
    /// A reader that stops early says nothing against the origin.
    fn drop(&mut self) {
        if let Some(outcome) = self.outcome.take() {
            outcome.succeeded();
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("announced", &self.announced)
            .field("read", &self.read)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn web() -> Sender {
        Sender::new("the web server", "h.example:8080")
    }

    fn body(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> = pieces.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect();
        Body::new(futures::stream::iter(pieces).boxed(), None, web())
    }

    /// Delivers `pieces` and then nothing more, without ending.
    fn stalling(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> = pieces.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect();
        let chunks = futures::stream::iter(pieces).chain(futures::stream::pending());
        Body::new(chunks.boxed(), None, web())
    }

    #[tokio::test]
    async fn a_peek_takes_nothing_away() {
        for count in [0, 1, 3, 4, 6, 100] {
            let mut body = body(&["abc", "d", "ef"]);
            let whole = "abcdef";
            assert_eq!(body.peek(count).await.unwrap(), whole[..count.min(6)], "{count}");
            assert_eq!(body.peek(2).await.unwrap(), "ab", "after {count}");
            assert_eq!(body.collect(6).await.unwrap(), whole, "after {count}");
        }
    }

    #[tokio::test]
    async fn who_watches_sees_every_piece_that_is_read() {
        let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let mut watched = body(&["abc", "de"]);
        watched.peek(1).await.unwrap();
        let watched = watched.watched(move |piece| sender.send(piece.clone()).unwrap());
        assert_eq!(watched.collect(9).await.unwrap(), "abcde");
        assert_eq!([seen.recv().await.unwrap(), seen.recv().await.unwrap()], ["abc", "de"]);
    }

    #[tokio::test]
    async fn one_byte_over_the_limit_is_refused_and_the_limit_itself_is_not() {
        assert_eq!(body(&["abc", "de"]).collect(5).await.unwrap(), "abcde");
        assert_eq!(body(&["abc", "de"]).collect(4).await.unwrap_err().code, Code::Elimit);
        assert_eq!(body(&["abcde"]).collect(4).await.unwrap_err().code, Code::Elimit);
        let failure = Body::from(Bytes::from_static(b"abcde")).collect(4).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "ELIMIT - The file has 5 bytes, which is more than the limit of 4 bytes"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_of_the_origin_ends_the_body_and_a_pause_of_the_reader_does_not() {
        let mut slow_reader = body(&["abc", "de"]).with_stall_timeout(Duration::from_secs(1));
        assert_eq!(slow_reader.next().await.unwrap().unwrap(), "abc");
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(slow_reader.next().await.unwrap().unwrap(), "de");

        let before = Instant::now();
        let failure =
            stalling(&["abc"]).with_stall_timeout(Duration::from_secs(1)).collect(9).await.unwrap_err();
        assert_eq!(failure.to_string(), "UNIDENTIFIED - the transfer from the web server broke off");
        assert_eq!(failure.detail, "h.example:8080: no byte came for 1000 ms after 3 bytes");
        assert_eq!(before.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_of_the_reader_is_not_taken_off_the_time_of_the_origin() {
        let mut late = body(&["abc", "de"]);
        late.expire_at(Some(Instant::now() + Duration::from_secs(2)));
        tokio::time::advance(Duration::from_mins(1)).await;
        late.allow(Duration::from_mins(1));
        assert_eq!(late.collect(9).await.unwrap(), "abcde");
        let mut body = Body::new(futures::stream::pending().boxed(), None, web());
        body.expire_at(Some(Instant::now() + Duration::from_secs(2)));
        body.allow(Duration::from_mins(1));
        let began = Instant::now();
        body.collect(9).await.unwrap_err();
        assert_eq!(began.elapsed(), Duration::from_secs(62));
    }

    #[tokio::test(start_paused = true)]
    async fn the_total_time_ends_a_body_that_always_has_a_little_more() {
        let drip = futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        });
        let mut body = Body::new(drip.boxed(), None, web()).with_stall_timeout(Duration::from_secs(1));
        body.expire_at(Some(Instant::now() + Duration::from_secs(2)));
        let failure = body.collect(1_000).await.unwrap_err();
        assert_eq!(failure.to_string(), "UNIDENTIFIED - the web server did not deliver the file in time");
        assert!(failure.detail.starts_with("h.example:8080: "), "{}", failure.detail);
    }

    #[tokio::test]
    async fn a_body_that_failed_is_at_its_end() {
        let pieces =
            vec![Ok(Bytes::from_static(b"abc")), Err(web().broke_off("")), Ok(Bytes::from_static(b"d"))];
        let mut body = Body::new(futures::stream::iter(pieces).boxed(), None, web());
        assert!(body.next().await.unwrap().is_ok());
        assert!(body.next().await.unwrap().is_err());
        assert!(body.next().await.is_none());
    }
}
