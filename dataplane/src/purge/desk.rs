//! Where purges are asked for. In a cluster they wait here until whoever writes the config has given them a number; a
//! server that stands alone gives it itself, and writes down what it gave.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use imgplane_config::{ObjectId, PurgeRequest, Purges};

use super::{Knowledge, Purged};
use crate::{request::Subject, state::Endpoint};

/// How many purges may wait for their number, ...
const QUEUE: usize = 1000;
/// ... and how many of one endpoint, so that none takes the room of all others.
const QUEUE_OF_ENDPOINT: usize = 100;
/// How long the id of a purge that is not listed yet is taken for one that another pod knows of.
const UNLISTED: Duration = Duration::from_mins(1);
/// File beside a disk cache with what was purged of it.
const FILE: &str = "purges.json";

/// Who gives purges their numbers.
#[derive(Debug)]
pub(crate) enum Numbering {
    /// Whoever writes the config.
    Config,
    /// This server, which keeps the list in this folder where it keeps results on disk.
    Alone(Option<PathBuf>),
}

/// How far a purge is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not everywhere yet. Without its request it may be one that another pod was asked for.
    Pending(Option<PurgeRequest>),
    /// Nobody serves what it covers any more.
    Completed(PurgeRequest),
    /// There is none with this id.
    Unknown,
}

/// Why a purge cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// As many wait as may.
    #[error("{QUEUE} purges wait already")]
    QueueFull,
    /// As many of its endpoint wait as may.
    #[error("{QUEUE_OF_ENDPOINT} purges of this URL endpoint wait already")]
    EndpointQueueFull,
    /// It would be forgotten by a restart.
    #[error("the purge cannot be written down: {0}")]
    NotWritten(#[from] io::Error),
}

/// Where purges are asked for and looked up.
#[derive(Debug)]
pub(crate) struct Desk {
    numbering: Numbering,
    purged: ArcSwap<Purged>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    list: Purges,
    waiting: VecDeque<PurgeRequest>,
    endpoints: Vec<Arc<Endpoint>>,
}

impl Desk {
    /// Goes on with the list that was written down, if this server gives the numbers.
    pub(crate) fn new(numbering: Numbering) -> Self {
        let list = match &numbering {
            Numbering::Config => Purges::default(),
            Numbering::Alone(folder) => begun(folder.as_deref()),
        };
        let state = State { list, ..State::default() };
        let purged = ArcSwap::from_pointee(Purged::new(&state.list, &[]));
        Self { numbering, purged, state: Mutex::new(state) }
    }

    /// What is known here of what was purged.
    pub(crate) fn known(&self) -> Knowledge {
        self.purged.load().known()
    }

    /// Whether something that was kept is not there any more.
    pub(crate) fn covers(&self, subject: &Subject) -> bool {
        self.purged.load().covers(subject)
    }

    /// Takes in the list of the config, with the endpoints that it speaks of. It holds when this returns.
    pub(crate) fn apply(&self, list: &Purges, endpoints: &[Arc<Endpoint>]) {
        let mut state = self.state();
        endpoints.clone_into(&mut state.endpoints);
        if matches!(self.numbering, Numbering::Config) {
            list.clone_into(&mut state.list);
            let State { list, waiting, .. } = &mut *state;
            let listed =
                |request: &PurgeRequest| list.records.iter().any(|purge| purge.request.id == request.id);
            // Nobody lists a purge of an endpoint that is gone, and with it is all that was kept of it.
            let serves = |id: &ObjectId| endpoints.binary_search_by(|endpoint| endpoint.id.cmp(id)).is_ok();
            waiting.retain(|request| !listed(request) && serves(&request.endpoint));
        }
        self.hold(&state);
    }

    /// Takes in a purge. Writes a file where this server gives the numbers and keeps results on disk.
    pub(crate) fn ask(&self, request: PurgeRequest) -> Result<(), AskError> {
        let mut state = self.state();
        let Numbering::Alone(folder) = &self.numbering else {
            let of_endpoint =
                state.waiting.iter().filter(|waiting| waiting.endpoint == request.endpoint).count();
            if of_endpoint >= QUEUE_OF_ENDPOINT {
                return Err(AskError::EndpointQueueFull);
            }
            if state.waiting.len() >= QUEUE {
                return Err(AskError::QueueFull);
            }
            state.waiting.push_back(request);
            return Ok(());
        };
        let mut list = state.list.clone();
        list.take_up([&request]);
        list.complete(list.last());
        if let Some(folder) = folder {
            write(folder, &list)?;
        }
        state.list = list;
        self.hold(&state);
        Ok(())
    }

    fn hold(&self, state: &State) {
        self.purged.store(Arc::new(Purged::new(&state.list, &state.endpoints)));
    }

    /// What waits for its number.
    pub(crate) fn waiting(&self) -> Vec<PurgeRequest> {
        self.state().waiting.iter().cloned().collect()
    }

    /// How far the purge with this id is. Ids tell the time at which they were made.
    pub(crate) fn progress(&self, id: uuid::Uuid, now: SystemTime) -> Progress {
        let text = id.to_string();
        let state = self.state();
        if let Some(purge) = state.list.records.iter().find(|purge| purge.request.id == text) {
            let request = purge.request.clone();
            return if purge.number <= state.list.completed {
                Progress::Completed(request)
            } else {
                Progress::Pending(Some(request))
            };
        }
        if let Some(request) = state.waiting.iter().find(|request| request.id == text) {
            return Progress::Pending(Some(request.clone()));
        }
        // Another pod may have been asked, and told nobody yet.
        let made = id.get_timestamp().map(|timestamp| Duration::from_secs(timestamp.to_unix().0));
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        match made.map(|made| now.abs_diff(made)) {
            Some(age) if age < UNLISTED && matches!(self.numbering, Numbering::Config) => {
                Progress::Pending(None)
            }
            Some(_) | None => Progress::Unknown,
        }
    }

    /// What holds this lock does not panic, so what it guards is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes on with the list in this folder, or begins one. A new one is written down before anything is kept under it.
fn begun(folder: Option<&Path>) -> Purges {
    let mut list = folder.map(|folder| read(&folder.join(FILE))).unwrap_or_default();
    if list.list == 0 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        list.begin(u64::try_from(now.as_millis()).unwrap_or_default());
        if let Some(folder) = folder
            && let Err(error) = write(folder, &list)
        {
            tracing::warn!(folder = %folder.display(), %error, "what will be purged cannot be written down");
        }
    }
    list
}

/// A list that cannot be read is one that nobody knows.
fn read(path: &Path) -> Purges {
    let unknown = |error: &dyn std::fmt::Display| {
        tracing::warn!(
            path = %path.display(),
            %error,
            "what was purged cannot be read: what was kept counts as purged"
        );
        Purges::default()
    };
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| unknown(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Purges::default(),
        Err(error) => unknown(&error),
    }
}

/// Replaces the file as a whole, and returns when it is on the disk.
fn write(folder: &Path, list: &Purges) -> io::Result<()> {
    use std::io::Write as _;
    std::fs::create_dir_all(folder)?;
    let (path, new) = (folder.join(FILE), folder.join("purges.new"));
    let mut file = std::fs::File::create(&new)?;
    file.write_all(&serde_json::to_vec(list)?)?;
    file.sync_all()?;
    std::fs::rename(&new, &path)
}
