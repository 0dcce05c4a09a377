//! Where purges are asked for. In a cluster they wait here until whoever writes the config has given them a number; a
//! server that stands alone gives it itself, and writes down what it gave.

use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use imgplane_config::{ObjectId, PurgeRequest, Purges};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

use super::{Knowledge, Purged, book::Book};
use crate::{request::Head, state::Endpoint};

/// How many purges may wait for their number, ...
const QUEUE: usize = 1000;
/// ... and how many of one endpoint, so that none takes the room of all others.
const QUEUE_OF_ENDPOINT: usize = 100;
/// How long the id of a purge that is not listed yet is taken for one that another pod knows of.
const UNLISTED: Duration = Duration::from_mins(1);
/// How long it may take until a purge is written down.
const WRITE_DEADLINE: Duration = Duration::from_secs(10);

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
    /// Whether it is written down will show later.
    #[error("the disk takes longer than {} s to write the purge down", WRITE_DEADLINE.as_secs())]
    SlowDisk,
}

/// Where purges are asked for and looked up.
#[derive(Debug)]
pub(crate) struct Desk {
    shared: Arc<Shared>,
    /// Where this server gives the numbers. Who holds it gives the next one, off the threads that move bytes.
    book: Option<Arc<tokio::sync::Mutex<Book>>>,
}

#[derive(Debug)]
struct Shared {
    purged: ArcSwap<Purged>,
    /// Never held while anything is waited for.
    state: Mutex<State>,
    /// Whether everything that waits was told to somebody.
    told: watch::Sender<bool>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    list: Purges,
    waiting: VecDeque<PurgeRequest>,
    endpoints: Vec<Arc<Endpoint>>,
    /// What is written down in stores; absent where that is not known.
    logged: Option<Vec<PurgeRequest>>,
}

impl Desk {
    /// Goes on with the list that was written down, if this server gives the numbers.
    pub(crate) fn new(numbering: Numbering) -> Self {
        let (book, list) = match numbering {
            Numbering::Config => (None, Purges::default()),
            Numbering::Alone(folder) => {
                let (book, list) = Book::open(folder);
                (Some(Arc::new(tokio::sync::Mutex::new(book))), list)
            }
        };
        let state = State { list, ..State::default() };
        let shared = Shared {
            purged: ArcSwap::from_pointee(Purged::new(&state.list, &[], None)),
            state: Mutex::new(state),
            told: watch::Sender::new(true),
            changed: Notify::new(),
        };
        Self { shared: Arc::new(shared), book }
    }

    /// What is known here of what was purged.
    pub(crate) fn known(&self) -> Knowledge {
        self.shared.purged.load().known()
    }

    /// Whether something that was kept is not there any more.
    pub(crate) fn covers(&self, head: &Head) -> bool {
        self.shared.purged.load().covers(&head.subject, head.made)
    }

    /// Number of the last purge of anything that is made of a file; 0: none. `resource` is raw.
    pub(crate) fn of_file(&self, endpoint: &ObjectId, resource: &str, query: Option<&str>) -> u64 {
        self.shared.purged.load().of_file(endpoint, resource, query)
    }

    /// The list that holds here.
    pub(crate) fn list(&self) -> Purges {
        self.shared.state().list.clone()
    }

    /// Waits until it is another one.
    pub(crate) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// Takes in what is written down in stores, in the order of its times. `None`: that is not known now.
    pub(crate) fn take_in(&self, logged: Option<Vec<PurgeRequest>>) {
        let mut state = self.shared.state();
        if state.logged != logged {
            state.logged = logged;
            self.shared.hold(&state);
        }
    }

    /// Takes in the list of the config, with the endpoints that it speaks of. It holds when this returns.
    pub(crate) fn apply(&self, list: &Purges, endpoints: &[Arc<Endpoint>]) {
        let mut state = self.shared.state();
        endpoints.clone_into(&mut state.endpoints);
        if self.book.is_none() {
            list.clone_into(&mut state.list);
            let State { list, waiting, .. } = &mut *state;
            let listed =
                |request: &PurgeRequest| list.records.iter().any(|purge| purge.request.id == request.id);
            // Nobody lists a purge of an endpoint that is gone, and with it is all that was kept of it.
            let serves = |id: &ObjectId| endpoints.binary_search_by(|endpoint| endpoint.id.cmp(id)).is_ok();
            waiting.retain(|request| !listed(request) && serves(&request.endpoint));
        }
        self.shared.hold(&state);
    }

    /// Takes in a purge. Where this server gives the numbers, it holds when this returns.
    ///
    /// # Errors
    /// [`AskError`].
    pub(crate) async fn ask(&self, request: PurgeRequest) -> Result<(), AskError> {
        let Some(book) = &self.book else { return self.shared.queue(request) };
        let deadline = Instant::now() + WRITE_DEADLINE;
        let turn = timeout_at(deadline, Arc::clone(book).lock_owned()).await;
        let mut book = turn.map_err(|_| AskError::SlowDisk)?;
        let shared = Arc::clone(&self.shared);
        // The turn ends with the write, also where nobody waits for that any more.
        let numbered = tokio::task::spawn_blocking(move || shared.number(&mut book, &request));
        let numbered = timeout_at(deadline, numbered).await.map_err(|_| AskError::SlowDisk)?;
        numbered.map_err(io::Error::other)?
    }

    /// What waits for its number. Whoever asks for this is told.
    pub(crate) fn waiting(&self) -> Vec<PurgeRequest> {
        let state = self.shared.state();
        self.shared.told.send_replace(true);
        state.waiting.iter().cloned().collect()
    }

    /// Waits until everything that waits for its number was told to somebody.
    pub(crate) async fn told(&self) {
        // The sender lives as long as this.
        let _ = self.shared.told.subscribe().wait_for(|told| *told).await;
    }

    /// Lets go of the folder with the list, where this server writes one. Nobody asks for purges any more.
    pub(crate) async fn close(&self) {
        let Some(book) = &self.book else { return };
        if let Ok(mut book) = timeout_at(Instant::now() + WRITE_DEADLINE, book.lock()).await {
            book.close();
        } else {
            tracing::warn!("the disk is too slow: the list of purges may not be up to date");
        }
    }

    /// How far the purge with this id is. Ids tell the time at which they were made.
    pub(crate) fn progress(&self, id: uuid::Uuid, now: SystemTime) -> Progress {
        let text = id.to_string();
        let state = self.shared.state();
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
            Some(age) if age < UNLISTED && self.book.is_none() => Progress::Pending(None),
            Some(_) | None => Progress::Unknown,
        }
    }
}

impl Shared {
    /// Lets a purge wait for its number.
    fn queue(&self, request: PurgeRequest) -> Result<(), AskError> {
        let mut state = self.state();
        let waiting = &mut state.waiting;
        if waiting.iter().filter(|other| other.endpoint == request.endpoint).count() >= QUEUE_OF_ENDPOINT {
            return Err(AskError::EndpointQueueFull);
        }
        if waiting.len() >= QUEUE {
            return Err(AskError::QueueFull);
        }
        waiting.push_back(request);
        self.told.send_replace(false);
        Ok(())
    }

    /// Gives a purge its number. It is written down before it holds: what is kept from then on knows its number, and no
    /// other purge may get that after a restart.
    fn number(&self, book: &mut Book, request: &PurgeRequest) -> Result<(), AskError> {
        let mut list = self.state().list.clone();
        list.take_up([request]);
        list.complete(list.last());
        book.write(&list)?;
        let mut state = self.state();
        state.list = list;
        self.hold(&state);
        Ok(())
    }

    fn hold(&self, state: &State) {
        let purged = Purged::new(&state.list, &state.endpoints, state.logged.as_deref());
        let is_new = purged.known() != self.purged.load().known();
        self.purged.store(Arc::new(purged));
        if is_new {
            self.changed.notify_one();
        }
    }

    /// What holds this lock does not panic, so what it guards is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(endpoint: &str, number: usize) -> PurgeRequest {
        PurgeRequest {
            id: format!("{endpoint}-{number}"),
            endpoint: ObjectId::new("shop", endpoint),
            url: "a.jpg".into(),
            resource: false,
            time: 0,
        }
    }

    #[tokio::test]
    async fn no_endpoint_takes_the_room_in_which_purges_of_others_wait() {
        let desk = Desk::new(Numbering::Config);
        for number in 0..QUEUE_OF_ENDPOINT {
            desk.ask(request("large", number)).await.unwrap();
        }
        assert!(matches!(desk.ask(request("large", 100)).await, Err(AskError::EndpointQueueFull)));
        for number in QUEUE_OF_ENDPOINT..QUEUE {
            desk.ask(request(&number.to_string(), 0)).await.unwrap();
        }
        assert!(matches!(desk.ask(request("small", 0)).await, Err(AskError::QueueFull)));
        assert_eq!(desk.waiting().len(), QUEUE);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_told_when_somebody_has_asked_for_it() {
        let desk = Desk::new(Numbering::Config);
        desk.told().await;
        desk.ask(request("main", 1)).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_mins(1), desk.told()).await.is_err());
        assert_eq!(desk.waiting().len(), 1);
        desk.told().await;
    }
}
