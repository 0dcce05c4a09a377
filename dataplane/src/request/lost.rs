//! Files of an endpoint that were found to be gone, or to be private now. Nothing that was made of such a file before
//! stands in for it later, whatever else of it is kept: whoever notices cannot name all of that.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::SystemTime,
};

use imgplane_cache::Key;

use super::{
    merge::lock,
    product::{Head, milliseconds, path_id},
};

/// Most files of one endpoint that are remembered, of each of the two sorts; the oldest are forgotten first.
const MOST: usize = 4096;

/// What is remembered of one endpoint, until the server ends.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    gone: Mutex<Times>,
    private: Mutex<Times>,
}

/// When files were last found to be so, in milliseconds since the epoch.
#[derive(Debug, Default)]
struct Times {
    by_file: HashMap<Key, (u64, u64)>,
    /// In the order in which they were noted.
    order: BTreeMap<u64, Key>,
    next: u64,
}

impl Lost {
    /// Notes that no origin has a file. `resource` is raw.
    pub(super) fn note_gone(&self, resource: &str, query: Option<&str>) {
        lock(&self.gone).note(file(&path_id(resource), query), milliseconds(SystemTime::now()));
    }

    /// Notes that a file is marked as private.
    pub(super) fn note_private(&self, resource: &str, query: Option<&str>) {
        lock(&self.private).note(file(&path_id(resource), query), milliseconds(SystemTime::now()));
    }

    /// Whether something that was kept stands for a file that is not so any more.
    pub(super) fn ended(&self, head: &Head) -> bool {
        let file = file(&head.subject.path, head.subject.query.as_deref());
        let since =
            |times: &Mutex<Times>| lock(times).by_file.get(&file).is_some_and(|(_, at)| head.made <= *at);
        since(&self.gone) || (!head.is_private && since(&self.private))
    }
}

impl Times {
    fn note(&mut self, file: Key, now: u64) {
        let number = self.next;
        self.next += 1;
        if let Some((before, _)) = self.by_file.insert(file, (number, now)) {
            self.order.remove(&before);
        }
        self.order.insert(number, file);
        if self.order.len() > MOST
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.by_file.remove(&oldest);
        }
    }
}

fn file(path: &str, query: Option<&str>) -> Key {
    // A query may be there and empty.
    Key::of([path.as_bytes(), query.map_or(&[][..], |_| b"?"), query.unwrap_or_default().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_and_what_is_noted_again_is_young() {
        let mut times = Times::default();
        let name = |number: usize| file(&number.to_string(), None);
        for number in 0..MOST + 10 {
            times.note(name(number), 1);
            times.note(name(0), 2);
        }
        assert_eq!((times.by_file.len(), times.order.len()), (MOST, MOST));
        for (number, known) in [(0, true), (1, false), (10, false), (11, true), (MOST + 9, true)] {
            assert_eq!(times.by_file.contains_key(&name(number)), known, "{number}");
        }
        assert_ne!(file("a", None), file("a", Some("")));
    }
}
