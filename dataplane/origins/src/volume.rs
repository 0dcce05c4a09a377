//! A folder of a mounted volume.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, stream};
use imgplane_config::{FetchPolicy, Volume as Config};
use rustix::io::Errno;

use crate::{
    Connector, Failure, FetchedStatus, Meta, Request, SetupError,
    body::Chunks,
    failure::{
        Facts, Row,
        volume::{
            CLOSED_FOLDER, LABEL, LINK_ABSOLUTE, LINK_LOOP, LINK_OUT, NO_FILE, NO_FOLDER, NOT_A_FILE,
            NOT_MOUNTED, PERMISSION, READ_FAILED, SLOW,
        },
    },
    path::Resource,
    sender::Sender,
    source::{Answer, Slot, Source},
    steps::Steps,
    wish::Wish,
};

mod barred;
mod beneath;
mod walk;

use beneath::{Found, Kind};

/// How much is read at a time, in bytes: usual pictures in few steps, and a bounded buffer for each transfer.
const STEP: u64 = 256 << 10;

/// A folder of a mounted volume, opened.
#[derive(Debug)]
pub(crate) struct Volume {
    name: String,
    root: PathBuf,
    /// Folder below the root; links may lead out of it but not out of the root.
    path: String,
    timeout: Duration,
}

impl Volume {
    pub(crate) fn open(
        config: &Config,
        policy: &FetchPolicy,
        connector: &Connector,
    ) -> Result<Self, SetupError> {
        let root = connector.settings.volumes.folder(&config.name).ok_or_else(|| SetupError::Field {
            field: "volume.name".to_owned(),
            what: format!("`{}` cannot be the name of a volume", config.name),
        })?;
        if config.path.split('/').any(|segment| matches!(segment, "." | "..")) {
            let what = "must not contain . or .. segments".to_owned();
            return Err(SetupError::Field { field: "volume.path".to_owned(), what });
        }
        let path = config.path.trim_matches('/').to_owned();
        Ok(Self { name: config.name.clone(), root, path, timeout: policy.headers_timeout })
    }
}

impl Source for Volume {
    /// Path below the root.
    type Place = String;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<String, Failure> {
        Resource::parse(&request.resource, LABEL)?
            .key(&self.path)
            .ok_or_else(|| Failure::not_a_name(LABEL, "no file can have this name"))
    }

    fn whereabouts(&self, _: &String) -> String {
        whereabouts(&self.name)
    }

    /// The folder that files are below must be there: without it every file is merely absent.
    async fn approach(&self, _: &String, slot: &Slot, _: &mut Steps) -> Result<(), Failure> {
        let (root, path) = (self.root.clone(), self.folder().to_owned());
        let kept = Arc::clone(slot);
        let work = tokio::task::spawn_blocking(move || {
            let kind = beneath::open(&root, &path).map(|(_, found)| found.kind);
            drop(kept);
            kind
        });
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(Ok(Kind::Folder))) => Ok(()),
            Ok(Ok(Ok(Kind::File | Kind::Other))) => Err(self.no_folder("something else stands there")),
            Ok(Ok(Err(beneath::Error::Path(Errno::NOENT | Errno::NOTDIR)))) => {
                Err(self.no_folder("it does not exist"))
            }
            Ok(Ok(Err(error))) => Err(classify(error.into(), &self.name)),
            Ok(Err(lost)) => Err(self.sender().broke_off(&lost.to_string())),
            Err(_) => Err(self.too_slow()),
        }
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        Ok("files are read as the server's own user".to_owned())
    }

    async fn ask(&self, place: &String, wish: &Wish, slot: &Slot) -> Result<Answer, Failure> {
        let (root, path, wish) = (self.root.clone(), place.clone(), wish.clone());
        // The slot goes along: a read that hangs holds it for as long as it hangs.
        let kept = Arc::clone(slot);
        let work = tokio::task::spawn_blocking(move || {
            let opened = Opened::open(&root, &path, &wish);
            drop(kept);
            opened
        });
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(Ok(opened))) => Ok(opened.answer(place, slot, self.sender())),
            Ok(Ok(Err(errno))) => Err(classify(errno, &self.name)),
            Ok(Err(lost)) => Err(self.sender().broke_off(&lost.to_string())),
            Err(_) => Err(self.too_slow()),
        }
    }
}

impl Volume {
    fn sender(&self) -> Sender {
        Sender::new(LABEL, whereabouts(&self.name))
    }

    fn too_slow(&self) -> Failure {
        let limit = format!("{} ms", self.timeout.as_millis());
        SLOW.failure(&Facts { more: vec![("limit", limit)], ..facts(&self.name) })
    }

    /// The folder that files are below, as a path from the root.
    fn folder(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }

    fn no_folder(&self, what: &str) -> Failure {
        let more = vec![("folder", self.folder().to_owned())];
        NO_FOLDER.failure(&Facts { what: what.to_owned(), more, ..facts(&self.name) })
    }
}

fn facts(volume: &str) -> Facts<'static> {
    Facts { origin: LABEL, place: whereabouts(volume), ..Facts::default() }
}

fn whereabouts(volume: &str) -> String {
    format!("volume {volume}")
}

/// A file that is open, with its first piece.
struct Opened {
    file: Arc<File>,
    found: Found,
    status: FetchedStatus,
    /// First byte and number of bytes to deliver.
    span: (u64, u64),
    first: Bytes,
}

impl Opened {
    fn open(root: &Path, path: &str, wish: &Wish) -> Result<Self, Refusal> {
        let (file, found) = beneath::open(root, path)?;
        match found.kind {
            Kind::File => {}
            Kind::Folder => return Err(Refusal::Folder),
            Kind::Other => return Err(Refusal::NoFile),
        }
        let (status, span) = match wish {
            Wish::Unless(known) if known.is_of(&found.etag(), found.last_modified().as_deref()) => {
                (FetchedStatus::NotModified, (0, 0))
            }
            Wish::Whole | Wish::Unless(_) => (FetchedStatus::Whole, (0, found.size)),
            Wish::Part(range) => match range.within(found.size) {
                Some(span) => (FetchedStatus::Partial, span),
                None => (FetchedStatus::Unsatisfiable, (0, 0)),
            },
        };
        let first = read_at(&file, span.0, span.1.min(STEP)).map_err(Refusal::of)?;
        Ok(Self { file: Arc::new(file), found, status, span, first })
    }

    fn answer(self, path: &str, slot: &Slot, sender: Sender) -> Answer {
        let Self { file, found, status, span: (from, count), first } = self;
        let size = found.size;
        let content_range = match status {
            FetchedStatus::Whole | FetchedStatus::NotModified => None,
            FetchedStatus::Partial => {
                let last = (from + count).saturating_sub(1);
                Some(format!("bytes {from}-{last}/{size}"))
            }
            FetchedStatus::Unsatisfiable => Some(format!("bytes */{size}")),
        };
        let meta = Meta {
            content_type: mime_guess::from_path(path).first_raw().map(str::to_owned),
            content_length: Some(count),
            content_range,
            etag: Some(found.etag()),
            last_modified: found.last_modified(),
            accepts_ranges: true,
            ..Meta::default()
        };
        let slot = Arc::clone(slot);
        let reading = Reading { file, at: from, end: from + count, slot, sender: sender.clone() };
        Answer { status, meta, chunks: reading.chunks(first), sender }
    }
}

/// A file that is being delivered.
struct Reading {
    file: Arc<File>,
    /// The next byte.
    at: u64,
    /// The byte behind the last one.
    end: u64,
    slot: Slot,
    sender: Sender,
}

impl Reading {
    /// The bytes; the first of them are here already.
    fn chunks(mut self, first: Bytes) -> Chunks {
        self.at += first.len() as u64;
        let head = stream::iter((!first.is_empty()).then_some(Ok(first)));
        head.chain(stream::unfold(self, Self::next)).boxed()
    }

    async fn next(mut self) -> Option<(Result<Bytes, Failure>, Self)> {
        let (at, count) = (self.at, STEP.min(self.end.saturating_sub(self.at)));
        if count == 0 {
            return None;
        }
        let (source, kept) = (Arc::clone(&self.file), Arc::clone(&self.slot));
        let read = tokio::task::spawn_blocking(move || {
            let piece = read_at(&source, at, count);
            drop(kept);
            piece
        });
        let piece = match read.await {
            Ok(Ok(piece)) if piece.is_empty() => {
                Err(self.sender.broke_off("the file became shorter meanwhile"))
            }
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(self.sender.broke_off(&error.to_string())),
            Err(lost) => Err(self.sender.broke_off(&lost.to_string())),
        };
        self.at += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Some((piece, self))
    }
}

fn read_at(file: &File, from: u64, count: u64) -> io::Result<Bytes> {
    let mut buffer = BytesMut::zeroed(usize::try_from(count).unwrap_or(0));
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(buffer.freeze())
}

/// Why a file was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    /// The volume's own folder is not there.
    NotMounted,
    /// A folder stands there.
    Folder,
    /// A device, socket or pipe stands there.
    NoFile,
    /// An absolute link stands on the path.
    AbsoluteLink,
    /// This folder on the path may not be entered.
    ClosedFolder(String),
    Error(Errno),
}

impl Refusal {
    #[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
    fn of(error: io::Error) -> Self {
        Self::Error(Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

impl From<beneath::Error> for Refusal {
    fn from(error: beneath::Error) -> Self {
        match error {
            beneath::Error::Root(errno @ (Errno::ACCESS | Errno::PERM)) | beneath::Error::Path(errno) => {
                Self::Error(errno)
            }
            beneath::Error::Root(_) => Self::NotMounted,
            beneath::Error::AbsoluteLink => Self::AbsoluteLink,
            beneath::Error::ClosedFolder(folder) => Self::ClosedFolder(folder),
        }
    }
}

fn classify(refusal: Refusal, volume: &str) -> Failure {
    let told = |row: &Row, what: &str| row.failure(&Facts { what: what.to_owned(), ..facts(volume) });
    match refusal {
        Refusal::NotMounted => told(&NOT_MOUNTED, ""),
        Refusal::AbsoluteLink => told(&LINK_ABSOLUTE, ""),
        Refusal::ClosedFolder(folder) => {
            CLOSED_FOLDER.failure(&Facts { more: vec![("folder", folder)], ..facts(volume) })
        }
        Refusal::Folder => told(&NO_FILE, "a folder stands there"),
        Refusal::NoFile | Refusal::Error(Errno::NXIO) => told(&NOT_A_FILE, ""),
        Refusal::Error(Errno::NAMETOOLONG) => told(&NO_FILE, "no file can have so long a name"),
        Refusal::Error(Errno::NOENT | Errno::NOTDIR | Errno::ISDIR) => {
            told(&NO_FILE, "there is no such file")
        }
        Refusal::Error(Errno::ACCESS | Errno::PERM) => told(&PERMISSION, ""),
        Refusal::Error(Errno::XDEV) => told(&LINK_OUT, ""),
        Refusal::Error(Errno::LOOP) => told(&LINK_LOOP, ""),
        Refusal::Error(errno) => told(&READ_FAILED, &errno.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_may_not_be_entered_is_mounted() {
        for (errno, expected) in [
            (Errno::NOENT, Refusal::NotMounted),
            (Errno::NOTDIR, Refusal::NotMounted),
            (Errno::ACCESS, Refusal::Error(Errno::ACCESS)),
        ] {
            assert_eq!(Refusal::from(beneath::Error::Root(errno)), expected);
        }
    }

    #[test]
    fn each_error_of_the_file_system_has_its_class() {
        let missing = "ENOENT - No file was found on the volume at the specified path";
        let unreadable = "UNIDENTIFIED - the volume could not be read";
        let cases = [
            (Refusal::Error(Errno::NOENT), missing),
            (Refusal::Error(Errno::NOTDIR), missing),
            (Refusal::Error(Errno::NAMETOOLONG), missing),
            (Refusal::Folder, missing),
            (Refusal::Error(Errno::ACCESS), "EACCES - access was denied by the volume"),
            (Refusal::Error(Errno::PERM), "EACCES - access was denied by the volume"),
            (Refusal::Error(Errno::XDEV), "EACCES - a link leads out of the volume"),
            (Refusal::Error(Errno::LOOP), "EACCES - a link on the volume cannot be followed"),
            (Refusal::AbsoluteLink, "EACCES - an absolute link on the volume is not followed"),
            (Refusal::ClosedFolder("a".to_owned()), "EACCES - access was denied by the volume"),
            (Refusal::NoFile, "EACCES - the path names no regular file on the volume"),
            (Refusal::Error(Errno::NXIO), "EACCES - the path names no regular file on the volume"),
            (Refusal::NotMounted, "UNIDENTIFIED - the volume is not mounted"),
            (Refusal::Error(Errno::IO), unreadable),
            (Refusal::Error(Errno::STALE), unreadable),
            (Refusal::Error(Errno::NOTCONN), unreadable),
        ];
        for (refusal, expected) in cases {
            assert_eq!(classify(refusal.clone(), "photos").to_string(), expected, "{refusal:?}");
        }
        let closed = classify(Refusal::ClosedFolder("products/closed".to_owned()), "photos");
        assert_eq!(
            closed.detail,
            "volume photos: the server's user may not enter the folder products/closed"
        );
    }
}
