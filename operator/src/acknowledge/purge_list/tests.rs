//! Numbers, order, bounds, completion.

use proptest::{collection::vec, prelude::*};

use super::*;

fn request(id: &str, time: u64) -> PurgeRequest {
    PurgeRequest {
        id: id.to_owned(),
        endpoint: ObjectId::new("shop", "main"),
        url: format!("tr:w-100/{id}.jpg"),
        resource: false,
        time,
    }
}

fn numbered(number: u64) -> PurgeRequest {
    request(&number.to_string(), number)
}

/// Whether the list is another one after these requests, for endpoints that are all served.
fn take_up(list: &mut PurgeList, asked: &[PurgeRequest]) -> bool {
    list.take_up(asked, |_| true)
}

fn shown(list: &PurgeList) -> Vec<(u64, &str)> {
    list.purges().records.iter().map(|purge| (purge.number, purge.request.id.as_str())).collect()
}

#[test]
fn requests_are_numbered_consecutively_in_the_order_of_their_times_and_each_once() {
    let mut list = PurgeList::from(Purges { dropped: 6, ..Purges::default() });
    let asked = [request("c", 20), request("a", 10), request("b", 20), request("a", 10)];
    assert!(take_up(&mut list, &asked));
    assert_eq!(shown(&list), [(7, "a"), (8, "b"), (9, "c")]);
    // Pods that do not run that config yet go on to report them.
    assert!(!take_up(&mut list, &asked));
    assert!(take_up(&mut list, &[request("b", 20), request("early", 1)]));
    assert_eq!(shown(&list)[3..], [(10, "early")]);
    assert_eq!(list.purges().completed, 0);
}

#[test]
fn what_is_asked_of_an_endpoint_that_is_not_served_here_is_left_out() {
    let mut list = PurgeList::default();
    let foreign = PurgeRequest { endpoint: ObjectId::new("blog", "main"), ..request("a", 1) };
    let serves = |id: &ObjectId| id.namespace == "shop";
    assert!(!list.take_up([&foreign], serves));
    assert!(list.take_up([&foreign, &request("b", 2)], serves));
    assert_eq!(shown(&list), [(1, "b")]);
}

#[test]
fn a_purge_is_completed_once_and_never_before_it_is_listed() {
    let mut list = PurgeList::default();
    assert!(!list.complete(9), "nothing is listed");
    take_up(&mut list, &[numbered(1), numbered(2), numbered(3)]);
    for (acknowledged, changes, completed) in
        [(0, false, 0), (2, true, 2), (1, false, 2), (2, false, 2), (9, true, 3), (9, false, 3)]
    {
        assert_eq!(list.complete(acknowledged), changes, "{acknowledged}");
        assert_eq!(list.purges().completed, completed, "{acknowledged}");
    }
}

#[test]
fn the_oldest_completed_records_leave_for_new_ones_and_others_never_do() {
    let mut list = PurgeList::default();
    let many: Vec<_> = (1..=1_500).map(numbered).collect();
    assert!(take_up(&mut list, &many));
    assert_eq!((list.purges().records.len(), list.purges().last()), (RECORDS, 1_000));
    assert!(!take_up(&mut list, &many), "the rest waits in the pods");
    assert_eq!(list.purges().dropped, 0, "nothing leaves in vain");
    list.complete(300);
    assert!(take_up(&mut list, &many[1_000..]));
    assert_eq!((list.purges().dropped, list.purges().last()), (300, 1_300));
    assert_eq!(list.purges().records.len(), RECORDS);
    list.complete(1_300);
    assert!(take_up(&mut list, &many[1_300..]));
    assert_eq!((list.purges().dropped, list.purges().last()), (500, 1_500));
}

#[test]
fn the_list_is_bounded_in_bytes_as_well() {
    let long = |number: u64| PurgeRequest { url: "x".repeat(8 << 10), ..numbered(number) };
    let mut list = PurgeList::default();
    assert!(take_up(&mut list, &(1..=40).map(long).collect::<Vec<_>>()));
    let held = list.purges().last();
    assert_eq!(held, 31, "256 KiB hold 31 of them");
    list.complete(2);
    // A small one is not let past a large one that came before it.
    assert!(take_up(&mut list, &[long(50), long(51), long(52), numbered(53)]));
    assert_eq!((list.purges().dropped, list.purges().last()), (2, 33));

    let huge = PurgeRequest { url: "x".repeat(REQUEST), ..numbered(54) };
    assert!(!PurgeList::default().take_up([&huge], |_| true), "no pod asks for such a thing");
}

#[test]
fn a_list_begins_at_the_time_and_one_that_has_begun_goes_on() {
    let mut list = PurgeList::default();
    list.begin(1_800_000_000_000);
    list.begin(1_900_000_000_000);
    assert_eq!((list.purges().dropped, list.purges().last()), (1_799_999_999_999, 1_799_999_999_999));
    take_up(&mut list, &[numbered(1)]);
    assert_eq!(shown(&list), [(1_800_000_000_000, "1")]);
    // A list that was lost, an hour later.
    let mut after = PurgeList::default();
    after.begin(1_800_003_600_000);
    assert!(after.purges().dropped > list.purges().last());
}

proptest! {
    #[test]
    fn numbers_have_no_gaps_and_never_come_twice(steps in vec((0..700_u64, 0..3_000_u64), 1..12)) {
        let mut list = PurgeList::default();
        let (mut next, mut last) = (0, 0);
        for (count, acknowledged) in steps {
            let asked: Vec<_> = (next..next + count).map(numbered).collect();
            next += count;
            take_up(&mut list, &asked);
            list.complete(acknowledged);
            let purges = list.purges();
            prop_assert!(purges.last() >= last);
            last = purges.last();
            let expected: Vec<_> = (purges.dropped + 1..=last).collect();
            let numbers: Vec<_> = purges.records.iter().map(|purge| purge.number).collect();
            prop_assert_eq!(numbers, expected);
            prop_assert!(purges.dropped <= purges.completed && purges.completed <= last);
            prop_assert!(purges.records.len() <= RECORDS);
            prop_assert!(serde_json::to_vec(&purges.records).unwrap().len() <= BYTES);
        }
    }
}
