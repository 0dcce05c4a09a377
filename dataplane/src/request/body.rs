//! The body of an answer. It counts what is sent, and writes the access log's entry when it ends or is given up.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream as _;
use http_body::{Frame, SizeHint};
use imgplane_origins::{Body, Failure};
use prometheus_client::metrics::counter::Counter;

use super::{compression::Compressed, keeping::Keeping, product::Hold};
use crate::access_log::Entry;

/// Where the bytes come from.
pub(super) enum BodySource {
    /// There are none.
    Empty,
    /// A text of ours.
    Static(&'static str),
    /// Bytes that are here.
    Bytes(Bytes, Hold),
    /// Bytes on their way from an origin; how many, where that is known.
    Stream(Body, Option<u64>),
    /// The same, compressed.
    Compressed(Compressed),
}

/// Why a body ended before its end.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Broken {
    /// The origin broke off.
    #[error(transparent)]
    Origin(#[from] Failure),
    /// No worker could go on with it.
    #[error("the compression of the body failed")]
    Compression,
}

impl Broken {
    /// For the operator.
    fn detail(&self) -> String {
        match self {
            Self::Origin(failure) => failure.detail.clone(),
            Self::Compression => self.to_string(),
        }
    }
}

/// The body of an answer.
pub(crate) struct ResponseBody {
    source: BodySource,
    /// A hold lives until the last byte is handed over and the body is dropped.
    hold: Option<Hold>,
    sent: u64,
    total: Counter,
    entry: Option<Box<Entry>>,
    broken: Option<Broken>,
    keeping: Option<Box<Keeping>>,
}

impl ResponseBody {
    /// Wraps the bytes of an answer. `entry`: what is written to the log at its end, where one is.
    pub(super) fn new(source: BodySource, entry: Option<Box<Entry>>, total: Counter) -> Self {
        Self { source, hold: None, sent: 0, total, entry, broken: None, keeping: None }
    }

    /// Keeps what is sent.
    pub(super) fn keeping(mut self, keeping: Option<Box<Keeping>>) -> Self {
        self.keeping = keeping;
        self
    }

    fn end(&mut self) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(keeping) = self.keeping.take() {
            keeping.finish();
        }
        Poll::Ready(None)
    }

    fn break_off(&mut self, broken: Broken) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.broken = Some(broken.clone());
        Poll::Ready(Some(Err(broken)))
    }

    fn count(&mut self, bytes: Bytes) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.sent += bytes.len() as u64;
        self.keeping = self.keeping.take().and_then(|keeping| keeping.push(&bytes));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match std::mem::replace(&mut self.source, BodySource::Empty) {
            BodySource::Empty => Poll::Ready(None),
            BodySource::Static(text) => self.count(Bytes::from_static(text.as_bytes())),
            BodySource::Bytes(bytes, hold) => {
                self.hold = Some(hold);
                if bytes.is_empty() { Poll::Ready(None) } else { self.count(bytes) }
            }
            BodySource::Stream(mut stream, length) => match Pin::new(&mut stream).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.source = BodySource::Stream(stream, length);
                    self.count(bytes)
                }
                Poll::Ready(Some(Err(failure))) => self.break_off(failure.into()),
                Poll::Ready(None) => self.end(),
                Poll::Pending => {
                    self.source = BodySource::Stream(stream, length);
                    Poll::Pending
                }
            },
            BodySource::Compressed(mut stream) => match stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.source = BodySource::Compressed(stream);
                    self.count(bytes)
                }
                Poll::Ready(Some(Err(broken))) => self.break_off(broken),
                Poll::Ready(None) => self.end(),
                Poll::Pending => {
                    self.source = BodySource::Compressed(stream);
                    Poll::Pending
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, BodySource::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            BodySource::Empty => SizeHint::with_exact(0),
            BodySource::Static(text) => SizeHint::with_exact(text.len() as u64),
            BodySource::Bytes(bytes, _) => SizeHint::with_exact(bytes.len() as u64),
            BodySource::Stream(_, Some(length)) => SizeHint::with_exact(length.saturating_sub(self.sent)),
            BodySource::Stream(_, None) | BodySource::Compressed(_) => SizeHint::default(),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.total.inc_by(self.sent);
        if let Some(entry) = self.entry.take() {
            entry.write(self.sent, self.broken.as_ref().map(Broken::detail).as_deref());
        }
    }
}
