//! The gates with those who wait in front of them.

use super::*;

const MIB: u64 = 1 << 20;

fn admission(workers: usize, queue: usize) -> Admission {
    let bounds = Bounds { memory: 400 * MIB, workers, queue, queue_timeout: Duration::from_secs(5) };
    Admission::new(bounds)
}

fn claim(endpoint: &str, slots: usize) -> Claim {
    Claim { endpoint: endpoint.into(), slots, alone: false }
}

async fn admit(admission: &Admission, claim: &Claim, bytes: u64) -> Result<Permit, Refused> {
    admission.admit(claim, bytes, Duration::ZERO).await
}

fn busy(reason: Reason, retry_after: u64) -> Refused {
    Busy { reason, retry_after }.into()
}

#[tokio::test]
async fn more_memory_than_the_pictures_share_is_refused_with_both_numbers() {
    let refused = admit(&admission(2, 8), &claim("a", 2), 301 * MIB).await.unwrap_err();
    assert_eq!(refused, OverCapacity { needed: 301 * MIB, capacity: 300 * MIB }.into());
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_until_the_deadline_and_no_longer() {
    let admission = admission(1, 8);
    let claim = claim("a", 4);
    let running = admit(&admission, &claim, MIB).await.unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(admit(&admission, &claim, MIB).await.unwrap_err(), busy(Reason::Deadline, 1));
    assert_eq!((began.elapsed().as_secs(), admission.waiting()), (5, 0));
    let waited = Duration::from_secs(3);
    let refused = admission.admit(&claim, MIB, waited).await.unwrap_err();
    assert_eq!((refused, began.elapsed().as_secs()), (busy(Reason::Deadline, 1), 7), "it had waited before");
    drop(running);
    admit(&admission, &claim, MIB).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let admission = admission(1, 1);
    let claim = claim("a", 4);
    let running = admit(&admission, &claim, MIB).await.unwrap();
    let mut waiting = Box::pin(admit(&admission, &claim, MIB));
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(admit(&admission, &claim, MIB).await.unwrap_err(), busy(Reason::Full, 1));
    drop(running);
    waiting.await.unwrap();
}

#[tokio::test]
async fn where_the_queue_is_full_the_newest_of_the_longest_line_goes() {
    let admission = admission(1, 3);
    let (greedy, other) = (claim("greedy", 4), claim("other", 4));
    let running = admit(&admission, &greedy, MIB).await.unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(admit(&admission, &greedy, MIB))).collect();
    for waiting in &mut waiting {
        assert!(futures::poll!(waiting).is_pending());
    }
    let mut one = Box::pin(admit(&admission, &other, MIB));
    assert!(futures::poll!(&mut one).is_pending());
    assert_eq!(waiting.pop().unwrap().await.unwrap_err(), busy(Reason::Full, 1));
    assert_eq!(admit(&admission, &greedy, MIB).await.unwrap_err(), busy(Reason::Full, 1));
    assert_eq!(admit(&admission, &other, MIB).await.unwrap_err(), busy(Reason::Full, 1), "2 and 1 are fair");
    drop(running);
    drop(one.await.unwrap());
    for waiting in waiting {
        waiting.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_too_long_is_refused_at_once_and_told_how_long_it_would_be() {
    let admission = admission(1, 100);
    let claim = claim("a", 4);
    let second = Duration::from_secs(1);
    admit(&admission, &claim, MIB).await.unwrap().done(second, second);
    let _running = admit(&admission, &claim, MIB).await.unwrap();
    // Five seconds of work may wait, because the sixth job begins when five have ended.
    let mut waiting: Vec<_> = (0..6).map(|_| Box::pin(admit(&admission, &claim, MIB))).collect();
    for waiting in &mut waiting {
        assert!(futures::poll!(waiting).is_pending());
    }
    let began = tokio::time::Instant::now();
    assert_eq!(admit(&admission, &claim, MIB).await.unwrap_err(), busy(Reason::ExpectedWait, 6));
    assert!(began.elapsed() < second);
    assert_eq!(admission.foresee(&claim), Err(Busy { reason: Reason::ExpectedWait, retry_after: 6 }));
    drop(waiting.pop());
    assert_eq!(admission.foresee(&claim), Ok(()));
}

#[tokio::test]
async fn who_gives_up_leaves_its_place_at_once() {
    let admission = admission(1, 1);
    let claim = claim("a", 4);
    let running = admit(&admission, &claim, MIB).await.unwrap();
    let mut waiting = Box::pin(admit(&admission, &claim, MIB));
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(waiting);
    assert_eq!(admission.waiting(), 0);
    let mut waiting = Box::pin(admit(&admission, &claim, MIB));
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(running);
    // It was let in, and nobody was there to take the permit.
    drop(waiting);
    admit(&admission, &claim, MIB).await.unwrap();
}

#[tokio::test]
async fn one_endpoint_cannot_take_all_workers() {
    let admission = admission(4, 8);
    let (greedy, other) = (claim("greedy", 2), claim("other", 2));
    let _first = admit(&admission, &greedy, MIB).await.unwrap();
    let _second = admit(&admission, &greedy, MIB).await.unwrap();
    let mut third = Box::pin(admit(&admission, &greedy, MIB));
    assert!(futures::poll!(&mut third).is_pending());
    admit(&admission, &other, MIB).await.unwrap();
}

#[tokio::test]
async fn memory_is_shared_and_originals_have_their_own_share() {
    let admission = admission(4, 8);
    let claim = Claim { alone: true, ..claim("a", 4) };
    let large = admit(&admission, &claim, 300 * MIB).await.unwrap();
    let _original = admission.hold_original(&claim, 100 * MIB).await.unwrap();
    let mut second = Box::pin(admit(&admission, &claim, MIB));
    assert!(futures::poll!(&mut second).is_pending(), "memory is taken");
    drop(large);
    drop(second.await.unwrap());
    let held: Vec<_> = admission.shares().iter().map(|share| (share.name, share.held)).collect();
    assert_eq!(held, [("originals", 100 * MIB), ("pictures", 0)]);
}

#[tokio::test]
async fn originals_of_one_endpoint_leave_room_for_those_of_another() {
    let admission = admission(4, 8);
    let (greedy, other) = (claim("greedy", 4), claim("other", 4));
    let _held: Vec<_> =
        [admission.hold_original(&greedy, 25 * MIB).await, admission.hold_original(&greedy, 25 * MIB).await]
            .into_iter()
            .map(Result::unwrap)
            .collect();
    let mut third = Box::pin(admission.hold_original(&greedy, MIB));
    assert!(futures::poll!(&mut third).is_pending(), "it has half of it");
    let original = admission.hold_original(&other, 25 * MIB).await.unwrap();
    assert!(admission.try_hold(&other, MIB).is_none(), "as much stays free as anybody holds");
    assert!(admission.try_hold(&claim("third", 4), 25 * MIB).is_some());
    drop(original);
    let refused = admission.hold_original(&other, 76 * MIB).await.unwrap_err();
    assert_eq!(refused, OverCapacity { needed: 76 * MIB, capacity: 75 * MIB }.into());
}

#[tokio::test]
async fn room_for_an_original_grows_only_into_what_is_free() {
    let admission = admission(4, 8);
    let claim = claim("a", 4);
    let mut room = admission.hold_original(&claim, MIB).await.unwrap();
    admission.try_grow(&claim, &mut room, 60 * MIB).unwrap();
    let over = OverCapacity { needed: 80 * MIB, capacity: 75 * MIB };
    assert_eq!(admission.try_grow(&claim, &mut room, 80 * MIB), Err(over.into()));
    let other = admission.hold_original(&self::claim("b", 4), 30 * MIB).await.unwrap();
    assert_eq!(admission.try_grow(&claim, &mut room, 75 * MIB), Err(busy(Reason::NoRoom, 1)));
    room.shrink(2 * MIB);
    assert_eq!(admission.shares()[0].held, 32 * MIB);
    drop((room, other));
    assert_eq!(admission.shares()[0].held, 0);
}

#[tokio::test]
async fn requests_of_one_endpoint_leave_places_for_those_of_others() {
    let admission = admission(1, 1);
    let (slow, other) = (claim("slow", 1), claim("other", 1));
    let places: Vec<_> = std::iter::from_fn(|| admission.request(&slow).ok()).collect();
    assert_eq!(places.len() as u64, REQUESTS / 2);
    assert_eq!(admission.request(&slow).unwrap_err(), Busy { reason: Reason::Requests, retry_after: 1 });
    assert!(admission.request(&other).is_ok());
    let alone = Claim { alone: true, ..slow };
    assert!(matches!(admission.request(&alone), Ok(None)));
}
