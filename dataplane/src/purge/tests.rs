//! What covers what, and what does not.

use imgplane_config::{Floor, Purge, PurgeRequest};

use super::*;

/// The list that everything is of.
const LIST: u64 = 1;

fn subject(endpoint: &str, resource: &str, plan: &str, purged: u64) -> Subject {
    let (path, query) =
        resource.split_once('?').map_or((resource, None), |(path, query)| (path, Some(query)));
    Subject {
        endpoint: ObjectId::new("shop", endpoint),
        path: path.into(),
        query: query.map(str::to_owned),
        plan: plan.into(),
        list: LIST,
        purged,
    }
}

fn purged(patterns: &[Pattern]) -> Purged {
    let known = Knowledge { list: LIST, last: patterns.len() as u64 };
    let mut purged = Purged { known, ..Purged::default() };
    for (number, pattern) in (1..).zip(patterns) {
        let of_endpoint = purged.by_endpoint.entry(ObjectId::new("shop", "main")).or_default();
        of_endpoint.add(pattern.clone(), number);
    }
    purged
}

#[test]
fn a_purge_covers_what_it_names_and_nothing_that_was_made_after_it() {
    let resource = |text: &str, query: Option<&str>| Pattern::Resource(text.into(), query.map(str::to_owned));
    let plan = |text: &str, plan: &str| Pattern::Plan(text.into(), None, plan.into());
    let prefix = |text: &str| Pattern::Prefix(text.into());
    for (pattern, covered, spared) in [
        (Pattern::All, vec![("a.jpg", "p")], vec![]),
        (resource("a.jpg", None), vec![("a.jpg", "p"), ("a.jpg?v=1", "q")], vec![("b.jpg", "p")]),
        (resource("a.jpg", Some("v=1")), vec![("a.jpg?v=1", "q")], vec![("a.jpg", "p"), ("a.jpg?v=2", "p")]),
        (plan("a.jpg", "p"), vec![("a.jpg", "p")], vec![("a.jpg", "q"), ("b.jpg", "p"), ("a.jpg?v=1", "p")]),
        (Pattern::Query("a.jpg".into(), "v=".into()), vec![("a.jpg?v=1", "p")], vec![("a.jpg", "p")]),
        (prefix("a.jpg"), vec![("a.jpg", "p"), ("a.jpg?v=1", "q")], vec![("b/a.jpg", "p")]),
        (prefix("images/up"), vec![("images/upload/a.jpg", "p")], vec![("images/a.jpg", "p")]),
    ] {
        let purged = purged(std::slice::from_ref(&pattern));
        for (resource, plan) in covered {
            assert!(purged.covers(&subject("main", resource, plan, 0), 0), "{pattern:?} {resource} {plan}");
            assert!(!purged.covers(&subject("main", resource, plan, 1), 0), "{pattern:?} {resource} {plan}");
            assert!(!purged.covers(&subject("other", resource, plan, 0), 0), "{pattern:?} {resource} {plan}");
        }
        for (resource, plan) in spared {
            assert!(!purged.covers(&subject("main", resource, plan, 0), 0), "{pattern:?} {resource} {plan}");
        }
    }
}

#[test]
fn a_file_knows_the_last_purge_of_anything_that_is_made_of_it() {
    let patterns = [
        Pattern::Plan("a.jpg".into(), None, "p".into()),
        Pattern::Plan("a.jpg".into(), Some("v=1".into()), "p".into()),
        Pattern::Resource("b.jpg".into(), None),
        Pattern::Resource("b.jpg".into(), Some("v=1".into())),
        Pattern::Prefix("images/".into()),
        Pattern::Query("c.jpg".into(), "v=".into()),
    ];
    let purged = purged(&patterns);
    for (resource, query, number) in [
        ("a.jpg", None, 1),
        ("%61.jpg", None, 1),
        ("a.jpg", Some("v=1"), 2),
        ("a.jpg", Some("v=2"), 0),
        ("b.jpg", None, 3),
        ("b.jpg", Some("v=1"), 4),
        ("b.jpg", Some("v=2"), 3),
        ("images/d.jpg", None, 5),
        ("c.jpg", Some("v=7"), 6),
        ("c.jpg", None, 0),
    ] {
        assert_eq!(
            purged.of_file(&ObjectId::new("shop", "main"), resource, query),
            number,
            "{resource} {query:?}"
        );
        assert_eq!(purged.of_file(&ObjectId::new("shop", "other"), resource, query), 0, "{resource}");
    }
}

#[test]
fn the_newest_of_several_purges_counts() {
    let file = Pattern::Resource("a.jpg".into(), None);
    let purged = purged(&[file.clone(), Pattern::Resource("b.jpg".into(), None), file]);
    for (resource, made_after, covered) in
        [("a.jpg", 0, true), ("a.jpg", 2, true), ("a.jpg", 3, false), ("b.jpg", 1, true), ("b.jpg", 2, false)]
    {
        assert_eq!(
            purged.covers(&subject("main", resource, "p", made_after), 0),
            covered,
            "{resource} {made_after}"
        );
    }
}

#[test]
fn more_prefixes_than_are_told_apart_cover_more_and_never_less() {
    let patterns: Vec<Pattern> =
        (0..PREFIXES + 2).map(|number| Pattern::Prefix(format!("folder/{number:03}"))).collect();
    let purged = purged(&patterns);
    let made_before_the_first = subject("main", "elsewhere.jpg", "p", 0);
    assert!(purged.covers(&made_before_the_first, 0), "the two oldest cover everything made before them");
    assert!(!purged.covers(&subject("main", "elsewhere.jpg", "p", 2), 0));
    for number in 0..PREFIXES + 2 {
        let resource = format!("folder/{number:03}/a.jpg");
        assert!(purged.covers(&subject("main", &resource, "p", number as u64), 0), "{resource}");
        assert!(
            !purged.covers(&subject("main", &resource, "p", number as u64 + 1), 0) || number < 2,
            "{resource}"
        );
    }
}

#[test]
fn what_the_list_does_not_reach_back_to_counts_as_purged() {
    let request = PurgeRequest {
        id: "id".into(),
        endpoint: ObjectId::new("shop", "gone"),
        url: "a.jpg".into(),
        resource: false,
        time: 0,
    };
    let floors = vec![Floor { endpoint: ObjectId::new("shop", "busy"), number: 7 }];
    let records = vec![Purge { number: 8, request }];
    let list = Purges { list: LIST, dropped: 6, floors, completed: 8, records };
    let purged = Purged::new(&list, &[], None);
    assert_eq!(purged.known(), Knowledge { list: LIST, last: 8 });
    for (endpoint, made_after, covered, why) in [
        ("main", 5, true, "the sixth may have named it"),
        ("main", 6, false, "the seventh and the eighth name other endpoints"),
        ("busy", 6, true, "the seventh may have named it"),
        ("busy", 7, false, "the eighth names another endpoint"),
        ("gone", 7, true, "an endpoint that is not there is purged whole"),
        ("gone", 8, false, "made after it"),
    ] {
        assert_eq!(purged.covers(&subject(endpoint, "b.jpg", "p", made_after), 0), covered, "{why}");
    }
}

#[test]
fn numbers_of_another_list_mean_nothing() {
    let list = Purges { list: 100, dropped: 99, ..Purges::default() };
    for (current, list, made_after, covered) in [
        (&list, 100, 99, false),
        (&list, 50, 120, true),
        (&list, 200, 240, true),
        (&list, 0, 0, true),
        (&Purges::default(), 0, 0, false),
        (&Purges::default(), 100, 99, true),
    ] {
        let purged = Purged::new(current, &[], None);
        let subject = Subject { list, ..subject("main", "a.jpg", "p", made_after) };
        assert_eq!(purged.covers(&subject, 0), covered, "{list} {made_after} where {current:?} counts");
    }
}

#[test]
fn what_knows_another_list_is_judged_by_time_where_its_purges_are_known() {
    let request = |url: &str, time| PurgeRequest {
        id: url.into(),
        endpoint: ObjectId::new("shop", "gone"),
        url: url.into(),
        resource: false,
        time,
    };
    let own = Purges {
        list: 7,
        records: vec![Purge { number: 8, request: request("a.jpg", 3000) }],
        ..Purges::default()
    };
    let foreign = |endpoint: &str| Subject { list: 5, ..subject(endpoint, "a.jpg", "p", 6) };
    let unknown = Purged::new(&own, &[], None);
    assert!(unknown.covers(&foreign("main"), u64::MAX), "nobody knows what was purged of it");
    let logged = [request("b.jpg", 1000), request("c.jpg", 5000)];
    let known = Purged::new(&own, &[], Some(&logged));
    for (endpoint, made, covered, why) in [
        ("main", 0, false, "nothing of this endpoint was purged"),
        ("gone", 4_999_000, true, "made before the last one"),
        ("gone", 5_120_999, true, "made when clocks may still differ"),
        ("gone", 5_121_000, false, "made after it"),
    ] {
        assert_eq!(known.covers(&foreign(endpoint), made), covered, "{why}");
    }
    let alone = Purged::new(&own, &[], Some(&[]));
    assert!(alone.covers(&foreign("gone"), 3_000_000), "its own purges hold for what others made too");
    assert!(!alone.covers(&foreign("gone"), 3_121_000));
    assert!(
        known.covers(&Subject { list: 7, ..subject("gone", "a.jpg", "p", 7) }, u64::MAX),
        "its own by number"
    );
}

#[test]
fn a_saved_original_goes_with_whatever_was_made_of_it() {
    let purged = purged(&[Pattern::Plan("a.jpg".into(), None, "p".into())]);
    assert!(purged.covers(&subject("main", "a.jpg", "", 0), 0));
    assert!(!purged.covers(&subject("main", "a.jpg", "", 1), 0));
    assert!(!purged.covers(&subject("main", "a.jpg?v=1", "", 0), 0));
    assert!(!purged.covers(&subject("main", "b.jpg", "", 0), 0));
}
