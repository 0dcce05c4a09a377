//! Numbers, order, bounds, completion, and that nobody's purges are another's loss.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::{
    room::{BYTES, OPEN_PART, RECORDS, REQUEST},
    *,
};

fn id(endpoint: &str) -> ObjectId {
    ObjectId::new("shop", endpoint)
}

fn request(id: &str, time: u64) -> PurgeRequest {
    PurgeRequest {
        id: id.to_owned(),
        endpoint: self::id("main"),
        url: format!("tr:w-100/{id}.jpg"),
        resource: false,
        time,
    }
}

fn of(endpoint: &str, number: u64) -> PurgeRequest {
    PurgeRequest { endpoint: id(endpoint), ..request(&format!("{endpoint}-{number}"), number) }
}

fn numbered(number: u64) -> PurgeRequest {
    request(&number.to_string(), number)
}

/// The same of four endpoints in turn, which may fill the list with what is not completed.
fn of_four(number: u64) -> PurgeRequest {
    of(&(number % 4).to_string(), number)
}

fn shown(list: &Purges) -> Vec<(u64, &str)> {
    list.records.iter().map(|purge| (purge.number, purge.request.id.as_str())).collect()
}

fn begun(now: u64) -> Purges {
    let mut list = Purges::default();
    list.begin(now);
    list
}

/// Asks for all of these, so many at once, and completes them.
fn purge(list: &mut Purges, at_once: usize, asked: &[PurgeRequest]) {
    for asked in asked.chunks(at_once) {
        assert!(list.take_up(asked));
        list.complete(list.last());
    }
}

#[test]
fn a_list_survives_its_trip_and_knows_its_end() {
    let list = Purges {
        list: 2,
        dropped: 1,
        floors: vec![Floor { endpoint: id("main"), number: 3 }],
        completed: 4,
        records: vec![Purge { number: 4, request: numbered(4) }],
    };
    let text = serde_json::to_string(&list).unwrap();
    assert!(text.contains(r#""url":"tr:w-100/4.jpg""#), "{text}");
    assert_eq!(serde_json::from_str::<Purges>(&text).unwrap(), list);
    assert_eq!((list.last(), list.floor(&id("main")), list.floor(&id("other"))), (4, 3, 1));
    assert_eq!(serde_json::to_string(&Purges::default()).unwrap(), "{}");
    assert_eq!(Purges::default().last(), 0);
}

#[test]
fn requests_are_numbered_consecutively_in_the_order_of_their_times_and_each_once() {
    let mut list = begun(7);
    let asked = [request("c", 20), request("a", 10), request("b", 20), request("a", 10)];
    assert!(list.take_up(&asked));
    assert_eq!(shown(&list), [(7, "a"), (8, "b"), (9, "c")]);
    // Pods that do not run that config yet go on to report them.
    assert!(!list.take_up(&asked));
    assert!(list.take_up(&[request("b", 20), request("early", 1)]));
    assert_eq!(shown(&list)[3..], [(10, "early")]);
    assert_eq!(list.completed, 0);
}

#[test]
fn a_purge_is_completed_once_and_never_before_it_is_listed() {
    let mut list = Purges::default();
    assert!(!list.complete(9), "nothing is listed");
    list.take_up(&[numbered(1), numbered(2), numbered(3)]);
    for (acknowledged, changes, completed) in
        [(0, false, 0), (2, true, 2), (1, false, 2), (2, false, 2), (9, true, 3), (9, false, 3)]
    {
        assert_eq!(list.complete(acknowledged), changes, "{acknowledged}");
        assert_eq!(list.completed, completed, "{acknowledged}");
    }
}

#[test]
fn completed_records_leave_for_new_ones_and_others_never_do() {
    let mut list = Purges::default();
    let many: Vec<_> = (1..=1_500).map(of_four).collect();
    assert!(list.take_up(&many));
    assert_eq!((list.records.len(), list.last()), (RECORDS, 1_000));
    assert!(!list.take_up(&many), "the rest waits in the pods");
    assert!(list.floors.is_empty(), "nothing leaves in vain");
    list.complete(300);
    assert!(list.take_up(&many[1_000..]));
    assert_eq!((list.records.len(), list.last()), (RECORDS, 1_300));
    assert!(list.records.iter().all(|purge| purge.number > 300));
    assert_eq!(list.floors.iter().map(|floor| floor.number).max(), Some(300));
    list.complete(1_300);
    assert!(list.take_up(&many[1_300..]));
    assert_eq!((list.dropped, list.last()), (0, 1_500));
}

#[test]
fn purges_of_one_endpoint_never_end_what_was_kept_of_another() {
    let mut list = begun(1);
    let few: Vec<_> = (1..=10).map(|number| of("small", number)).collect();
    purge(&mut list, 10, &few);
    let many: Vec<_> = (11..=5_010).map(|number| of("large", number)).collect();
    purge(&mut list, 250, &many);
    assert_eq!(list.last(), 5_010);
    let small = list.records.iter().filter(|purge| purge.request.endpoint == id("small")).count();
    assert_eq!((small, list.records.len()), (10, RECORDS));
    assert_eq!((list.floor(&id("small")), list.floor(&id("other"))), (0, 0));
    assert_eq!(list.floor(&id("large")), 4_020, "its own are gone, the oldest first");

    let long = |number: u64| PurgeRequest { url: "x".repeat(8 << 10), ..of("long", number) };
    purge(&mut list, 5, &(5_011..=5_100).map(long).collect::<Vec<_>>());
    assert_eq!(list.floor(&id("small")), 0, "bytes are shared as records are");
    assert!(serde_json::to_vec(&list.records).unwrap().len() <= BYTES);
}

#[test]
fn what_is_not_completed_of_one_endpoint_leaves_room_for_the_others() {
    let mut list = begun(1);
    let many: Vec<_> = (1..=1_000).map(|number| of("large", number)).collect();
    list.take_up(&many);
    assert_eq!(list.records.len(), RECORDS / OPEN_PART, "the rest waits in the pods");
    let asked: Vec<_> = many.iter().cloned().chain([of("small", 2_000)]).collect();
    assert!(list.take_up(&asked), "which holds up nobody else");
    assert_eq!(list.records.last().unwrap().request.endpoint, id("small"));
}

#[test]
fn more_floors_than_there_is_room_for_are_one_for_all() {
    let mut list = begun(1);
    let name = |number: u64| format!("e{number}");
    purge(&mut list, 250, &(1..=3_000).map(|number| of(&name(number), number)).collect::<Vec<_>>());
    // A thousand are listed, a thousand have a floor, and the others have one together.
    assert_eq!((list.records.len(), list.floors.len(), list.dropped), (RECORDS, FLOORS, 1_000));
    for (number, floor) in [(1, 1_000), (1_000, 1_000), (1_001, 1_001), (2_000, 2_000), (2_001, 1_000)] {
        assert_eq!(list.floor(&id(&name(number))), floor, "{number}");
    }
    let long = "n".repeat(250);
    let of_long = |number: u64| {
        let endpoint = ObjectId::new(format!("{number:063}"), long.clone());
        PurgeRequest { endpoint, ..numbered(number) }
    };
    purge(&mut list, 250, &(3_001..=6_000).map(of_long).collect::<Vec<_>>());
    assert!(serde_json::to_vec(&list.floors).unwrap().len() <= FLOOR_BYTES);
}

#[test]
fn the_list_is_bounded_in_bytes_as_well() {
    let long = |number: u64| PurgeRequest { url: "x".repeat(8 << 10), ..of_four(number) };
    let mut list = Purges::default();
    assert!(list.take_up(&(1..=40).map(long).collect::<Vec<_>>()));
    assert_eq!(list.last(), 28, "256 KiB hold 31 of them, and a fourth of it 7");
    list.complete(2);
    // A small one is not let past a large one of its endpoint that came before it, and past others it is.
    assert!(list.take_up(&[long(50), long(51), long(54), of("3", 55), of("5", 56)]));
    let ids: Vec<_> = list.records.iter().skip(28).map(|purge| purge.request.id.as_str()).collect();
    assert_eq!(ids, ["2-50", "5-56"]);

    let huge = PurgeRequest { url: "x".repeat(REQUEST), ..numbered(54) };
    assert!(!Purges::default().take_up([&huge]), "no pod asks for such a thing");
}

#[test]
fn a_list_begins_at_the_time_and_one_that_has_begun_goes_on() {
    let mut list = begun(1_800_000_000_000);
    list.begin(1_900_000_000_000);
    assert_eq!(
        (list.list, list.dropped, list.last()),
        (1_800_000_000_000, 1_799_999_999_999, 1_799_999_999_999)
    );
    list.take_up(&[numbered(1)]);
    assert_eq!(shown(&list), [(1_800_000_000_000, "1")]);
    // A list that was lost, an hour later.
    let after = begun(1_800_003_600_000);
    assert!(after.dropped > list.last() && after.list != list.list);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_that_was_purged_comes_back_and_the_list_stays_bounded(
        steps in vec((0..700_u64, 0..3_000_u64, 1..6_u64), 1..12)
    ) {
        let mut list = begun(1);
        let (mut next, mut last) = (0, 0);
        let mut purged = BTreeMap::new();
        for (count, acknowledged, endpoints) in steps {
            let asked: Vec<_> = (next..next + count).map(|number| of(&(number % endpoints).to_string(), number)).collect();
            next += count;
            list.take_up(&asked);
            list.complete(acknowledged);
            prop_assert!(list.last() >= last);
            for purge in list.records.iter().filter(|purge| purge.number > last) {
                purged.insert(purge.number, purge.request.clone());
            }
            last = list.last();
            prop_assert_eq!(purged.len() as u64, last, "numbers have no gaps and never come twice");
            let listed: BTreeMap<_, _> = list.records.iter().map(|purge| (purge.number, &purge.request)).collect();
            for (number, request) in &purged {
                let is_listed = listed.get(number).is_some_and(|listed| *listed == request);
                prop_assert!(is_listed || list.floor(&request.endpoint) >= *number, "{}", number);
            }
            prop_assert!(list.records.is_sorted_by_key(|purge| purge.number));
            prop_assert!(list.floors.iter().all(|floor| floor.number <= list.completed));
            prop_assert!(list.completed <= last);
            prop_assert!(list.records.len() <= RECORDS);
            prop_assert!(serde_json::to_vec(&list.records).unwrap().len() <= BYTES);
        }
    }
}
