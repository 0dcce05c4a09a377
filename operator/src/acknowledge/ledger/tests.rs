//! What is said of pods that are new, behind, silent, or refuse.

use imgplane_config::{
    Credential, DataPlaneConfig, EndpointConfig, NamedKey, Purge, PurgeRequest, SecretText, SigningKeys,
    report::Revision,
};
use proptest::{collection::vec, prelude::*};

use super::*;

fn id(name: &str) -> ObjectId {
    ObjectId::new("shop", name)
}

fn endpoint(name: &str, generation: i64, prefix: &str) -> Record<EndpointConfig> {
    let body = serde_json::from_value(serde_json::json!({"account": "shop", "prefix": prefix})).unwrap();
    Record::new(id(name), generation, body).unwrap()
}

fn bundle(endpoints: Vec<Record<EndpointConfig>>) -> Bundle {
    let data_plane = DataPlaneConfig::default();
    Bundle {
        data_plane: Record::new(ObjectId::new("imgplane-system", "default"), 1, data_plane).unwrap(),
        endpoints,
        origins: vec![],
        credentials: vec![],
        signing_keys: vec![],
    }
}

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

fn pod(name: &str, config: Option<&str>) -> PodAck {
    PodAck {
        pod: id(name),
        config: config.map(hash),
        refused: vec![],
        config_error: None,
        tls_error: None,
        cache_error: None,
        store_error: None,
        store_purged: None,
        silent_for: None,
    }
}

fn refusing(kind: Kind, name: &str, hash: &Hash, reason: &str) -> RecordState {
    let revision = Revision { generation: 1, hash: hash.clone() };
    let refused = Some(RefusedRevision { revision, reason: reason.into() });
    RecordState { kind, id: id(name), running: None, refused }
}

#[test]
fn pods_count_only_while_their_config_holds_the_present_hash() {
    let mut ledger = Ledger::default();
    ledger.published(&bundle(vec![endpoint("a", 1, "x"), endpoint("b", 1, "y")]), &hash("one"));
    ledger.published(&bundle(vec![endpoint("a", 2, "z"), endpoint("b", 1, "y")]), &hash("two"));
    let pending = |running, waiting: &[&str]| Acknowledged::Pending {
        running,
        ready: 2,
        waiting: waiting.iter().map(|name| id(name)).collect(),
    };
    for (name, configs, object, generation, expected) in [
        ("both are new", [Some("two"), Some("two")], "a", 2, Acknowledged::Programmed { pods: 2 }),
        ("one is behind", [Some("one"), Some("two")], "a", 2, pending(1, &["p"])),
        (
            "behind, but this object did not change",
            [Some("one"), Some("two")],
            "b",
            1,
            Acknowledged::Programmed { pods: 2 },
        ),
        ("one never spoke", [None, Some("two")], "b", 1, pending(1, &["p"])),
        ("one runs what nobody wrote", [Some("two"), Some("alien")], "b", 1, pending(1, &["q"])),
        ("the generation is not written yet", [Some("two"), Some("two")], "b", 2, pending(0, &["p", "q"])),
        ("the object is not written at all", [Some("two"), Some("two")], "c", 1, pending(0, &["p", "q"])),
    ] {
        let pods = [pod("p", configs[0]), pod("q", configs[1])];
        let state = ledger.state(&pods, Kind::UrlEndpoint, &id(object), generation);
        assert_eq!(state, expected, "{name}");
    }
    assert_eq!(ledger.state(&[], Kind::UrlEndpoint, &id("a"), 2), Acknowledged::NoPods);
    let pods = [pod("p", Some("one")), pod("q", Some("two"))];
    assert_eq!(ledger.acks(&pods).current(), 1);
    assert_eq!(Ledger::default().acks(&pods).current(), 0);
}

#[test]
fn a_generation_that_changes_nothing_that_pods_run_needs_no_reload() {
    let mut ledger = Ledger::default();
    ledger.published(&bundle(vec![endpoint("a", 1, "x")]), &hash("one"));
    ledger.published(&bundle(vec![endpoint("a", 2, "x")]), &hash("two"));
    let state = ledger.state(&[pod("p", Some("one"))], Kind::UrlEndpoint, &id("a"), 2);
    assert_eq!(state, Acknowledged::Programmed { pods: 1 });
}

#[test]
fn what_is_about_to_be_written_runs_nowhere_until_it_is_and_pods_have_it() {
    let before = bundle(vec![endpoint("a", 1, "x"), endpoint("b", 1, "y")]);
    // The same generation: something that the object names has changed.
    let after = bundle(vec![endpoint("a", 1, "z"), endpoint("b", 1, "y")]);
    let mut ledger = Ledger::default();
    ledger.published(&before, &hash("one"));
    let runs = |ledger: &Ledger, object: &str, config: &str| {
        let state = ledger.state(&[pod("p", Some(config))], Kind::UrlEndpoint, &id(object), 1);
        state == Acknowledged::Programmed { pods: 1 }
    };
    ledger.expected(&after, &hash("two"));
    assert!(!runs(&ledger, "a", "one"));
    assert!(runs(&ledger, "b", "one"), "this one did not change");
    ledger.expected(&before, &hash("one"));
    assert!(runs(&ledger, "a", "one"), "the change was taken back before it was written");
    ledger.expected(&after, &hash("two"));
    ledger.published(&after, &hash("two"));
    assert!(!runs(&ledger, "a", "one"));
    assert!(runs(&ledger, "a", "two"));
}

#[test]
fn a_record_that_was_away_counts_from_its_return() {
    let mut ledger = Ledger::default();
    ledger.published(&bundle(vec![endpoint("a", 1, "x")]), &hash("one"));
    ledger.published(&bundle(vec![]), &hash("two"));
    ledger.published(&bundle(vec![endpoint("a", 1, "x"), endpoint("b", 1, "y")]), &hash("three"));
    let waiting = |config| {
        matches!(
            ledger.state(&[pod("p", Some(config))], Kind::UrlEndpoint, &id("a"), 1),
            Acknowledged::Pending { .. }
        )
    };
    assert!(waiting("two"), "the pod runs a config without the record");
    assert!(!waiting("three"));
}

#[test]
fn the_text_of_the_pod_that_refused_is_passed_on() {
    let written = endpoint("a", 3, "x");
    let mut ledger = Ledger::default();
    ledger.published(&bundle(vec![written.clone()]), &hash("one"));
    let state = |pods: &[PodAck]| ledger.state(pods, Kind::UrlEndpoint, &id("a"), 3);
    let refused = |name: &str, hash: &Hash| {
        let mut pod = pod(name, Some("one"));
        pod.refused = vec![refusing(Kind::UrlEndpoint, "a", hash, "unknown field `zoom`")];
        pod
    };

    let pods = [pod("n", None), refused("q", &written.hash), refused("p", &written.hash)];
    let expected =
        Acknowledged::Rejected { pod: id("p"), pods: 2, reason: "unknown field `zoom`".to_owned() };
    assert_eq!(state(&pods), expected);
    // It refused what is not written any more, so its word on the present settings is still to come.
    assert!(matches!(state(&[refused("p", &hash("older"))]), Acknowledged::Pending { running: 0, .. }));
    // It refused before it had this config at all.
    let mut behind = refused("p", &written.hash);
    behind.config = None;
    assert!(matches!(state(&[behind]), Acknowledged::Pending { running: 0, .. }));
}

fn with_origin(secret: &str) -> Bundle {
    let body = serde_json::json!({"kind": {"type": "WebFolder", "place": {"baseUrl": "http://web"}}});
    let credential = Credential::S3 {
        access_key: SecretText::new("key"),
        secret_key: SecretText::new(secret),
        session_token: None,
    };
    Bundle {
        origins: vec![Record::new(id("o"), 1, serde_json::from_value(body).unwrap()).unwrap()],
        credentials: vec![Record::new(id("o"), 1, credential).unwrap()],
        ..bundle(vec![])
    }
}

#[test]
fn a_refused_credential_rejects_its_origin_until_another_one_is_written() {
    let first = with_origin("bad");
    let mut ledger = Ledger::default();
    ledger.published(&first, &hash("one"));
    for (kind, refused) in
        [(Kind::Credential, &first.credentials[0].hash), (Kind::Origin, &first.origins[0].hash)]
    {
        let mut pod = pod("p", Some("one"));
        pod.refused = vec![refusing(kind, "o", refused, "the key is damaged")];
        let state = |ledger: &Ledger| ledger.state(std::slice::from_ref(&pod), Kind::Origin, &id("o"), 1);
        assert!(matches!(state(&ledger), Acknowledged::Rejected { .. }), "{kind:?}");

        let mut fixed = ledger.clone();
        fixed.published(&with_origin("good"), &hash("two"));
        assert!(matches!(state(&fixed), Acknowledged::Pending { running: 0, .. }), "{kind:?}");
    }
}

#[test]
fn a_rotated_credential_does_not_unsettle_its_origin() {
    let mut ledger = Ledger::default();
    ledger.published(&with_origin("old"), &hash("one"));
    ledger.published(&with_origin("new"), &hash("two"));
    let pods = [pod("p", Some("one"))];
    assert_eq!(ledger.state(&pods, Kind::Origin, &id("o"), 1), Acknowledged::Programmed { pods: 1 });
    assert!(matches!(
        ledger.state(&pods, Kind::Credential, &id("o"), 1),
        Acknowledged::Pending { running: 0, .. }
    ));
}

#[test]
fn refused_signing_keys_reject_their_endpoint() {
    let keys = SigningKeys {
        keys: vec![NamedKey { name: "keys/privateKey".to_owned(), value: SecretText::new("key") }],
    };
    let bundle = Bundle {
        signing_keys: vec![Record::new(id("a"), 1, keys).unwrap()],
        ..bundle(vec![endpoint("a", 1, "x")])
    };
    let mut ledger = Ledger::default();
    ledger.published(&bundle, &hash("one"));
    let mut pod = pod("p", Some("one"));
    let state = |pod: &PodAck| ledger.state(std::slice::from_ref(pod), Kind::UrlEndpoint, &id("a"), 1);
    assert_eq!(state(&pod), Acknowledged::Programmed { pods: 1 });
    pod.refused = vec![refusing(Kind::SigningKeys, "a", &bundle.signing_keys[0].hash, "unreadable")];
    assert!(matches!(state(&pod), Acknowledged::Rejected { .. }));
}

fn with_purges(last: u64) -> Bundle {
    let request = |number: u64| PurgeRequest {
        id: number.to_string(),
        endpoint: id("a"),
        url: "a.jpg".to_owned(),
        resource: false,
        time: number,
    };
    let records = (1..=last).map(|number| Purge { number, request: request(number) }).collect();
    let purges = Purges { records, ..Purges::default() };
    let data_plane = DataPlaneConfig { purges, ..DataPlaneConfig::default() };
    let bundle = bundle(vec![endpoint("a", 1, "x")]);
    let data_plane = Record::new(bundle.data_plane.id.clone(), 1, data_plane).unwrap();
    Bundle { data_plane, ..bundle }
}

#[test]
fn a_purge_unsettles_no_object_not_even_its_data_plane() {
    let mut ledger = Ledger::default();
    ledger.published(&with_purges(0), &hash("none"));
    ledger.published(&with_purges(1), &hash("one"));
    let pods = [pod("p", Some("none")), pod("q", Some("one"))];
    let plane = with_purges(0).data_plane.id;
    for (kind, id) in [(Kind::DataPlane, plane.clone()), (Kind::UrlEndpoint, id("a"))] {
        assert_eq!(ledger.state(&pods, kind, &id, 1), Acknowledged::Programmed { pods: 2 }, "{kind:?}");
    }
    // A change of what the DataPlane itself says does.
    let mut changed = with_purges(1);
    let body = DataPlaneConfig { hosts: vec!["img.example".to_owned()], ..changed.data_plane.body };
    changed.data_plane = Record::new(plane.clone(), 2, body).unwrap();
    ledger.published(&changed, &hash("changed"));
    let state = ledger.state(&pods, Kind::DataPlane, &plane, 2);
    assert!(matches!(state, Acknowledged::Pending { running: 0, .. }), "{state:?}");
}

#[test]
fn what_was_purged_counts_once_every_pod_runs_a_config_that_lists_it() {
    let mut ledger = Ledger::default();
    for last in 0..=3 {
        ledger.published(&with_purges(last), &hash(&last.to_string()));
    }
    for (name, configs, expected) in [
        ("no pods", vec![], None),
        ("all have the newest", vec![Some("3"), Some("3")], Some(3)),
        ("one is behind", vec![Some("3"), Some("1")], Some(1)),
        ("one never spoke", vec![Some("3"), None], Some(0)),
        ("one runs what nobody wrote", vec![Some("3"), Some("alien")], Some(0)),
    ] {
        let pods: Vec<_> = configs.into_iter().map(|config| pod("p", config)).collect();
        assert_eq!(ledger.purged(&pods, false), expected, "{name}");
    }
    let plane = with_purges(3).data_plane;
    let refused = RefusedRevision {
        revision: Revision { generation: 1, hash: plane.hash },
        reason: "unknown field `zoom`".into(),
    };
    let state = RecordState { kind: Kind::DataPlane, id: plane.id, running: None, refused: Some(refused) };
    let refusing = PodAck { refused: vec![state], ..pod("q", Some("3")) };
    assert_eq!(
        ledger.purged(&[pod("p", Some("3")), refusing], false),
        Some(0),
        "it goes on with the list before"
    );
}

#[test]
fn what_was_purged_counts_once_the_store_that_pods_share_knows_it_too() {
    let mut ledger = Ledger::default();
    for last in 0..=3 {
        ledger.published(&with_purges(last), &hash(&last.to_string()));
    }
    for (name, stored, shared, expected) in [
        ("all of them wrote it down", [Some(3), Some(3)], true, 3),
        ("one has yet to", [Some(3), Some(1)], true, 1),
        ("one does not tell", [Some(3), None], true, 0),
        ("the store is ahead of the list", [Some(9), Some(9)], true, 3),
        ("there is none", [None, None], false, 3),
        ("there is one for originals alone", [Some(2), Some(3)], false, 2),
    ] {
        let pods = stored.map(|store_purged| PodAck { store_purged, ..pod("p", Some("3")) });
        assert_eq!(ledger.purged(&pods, shared), Some(expected), "{name}");
    }
}

#[test]
fn memory_stays_bounded_and_what_is_forgotten_is_pending() {
    let mut ledger = Ledger::default();
    for i in 0..1_000 {
        ledger.published(&bundle(vec![endpoint("a", 1, "x")]), &hash(&i.to_string()));
        ledger.published(&bundle(vec![endpoint("a", 1, "x")]), &hash(&i.to_string()));
    }
    assert_eq!(ledger.configs.len(), REMEMBERED);
    assert_eq!(ledger.newest(), Some(&hash("999")));
    let state = |config: &str| ledger.state(&[pod("p", Some(config))], Kind::UrlEndpoint, &id("a"), 1);
    assert_eq!(state("744"), Acknowledged::Programmed { pods: 1 });
    assert!(matches!(state("743"), Acknowledged::Pending { .. }));
}

/// Contents of the endpoints `0`, `1`, `2` in one config; `None`: not in it.
type Contents = [Option<u8>; 3];

fn contents() -> impl Strategy<Value = Contents> {
    prop::array::uniform3(prop::option::of(0..3_u8))
}

fn record(object: usize, content: u8) -> Record<EndpointConfig> {
    endpoint(&object.to_string(), i64::from(content), &format!("c{content}"))
}

proptest! {
    #[test]
    fn programmed_is_said_exactly_of_what_every_pod_holds(
        history in vec(contents(), 1..12),
        configs in vec(prop::option::of(0..14_usize), 1..4),
    ) {
        let name = |contents: &Contents| hash(&format!("{contents:?}"));
        let mut ledger = Ledger::default();
        for contents in &history {
            let records = contents.iter().enumerate();
            let records = records.filter_map(|(object, content)| Some(record(object, (*content)?)));
            ledger.published(&bundle(records.collect()), &name(contents));
        }
        // A pod that points behind the history runs a config that nobody here wrote.
        let pods: Vec<PodAck> = configs
            .iter()
            .enumerate()
            .map(|(index, config)| PodAck {
                config: config.map(|at| history.get(at).map_or(hash("alien"), name)),
                ..pod(&format!("p{index}"), None)
            })
            .collect();
        let newest = history.last().unwrap();
        for (object, content) in newest.iter().enumerate() {
            let Some(content) = *content else { continue };
            let state =
                ledger.state(&pods, Kind::UrlEndpoint, &id(&object.to_string()), i64::from(content));
            let holds = |config: &Option<usize>| {
                config.and_then(|at| history.get(at)).is_some_and(|held| held[object] == Some(content))
            };
            if let Acknowledged::Programmed { pods } = &state {
                prop_assert!(configs.iter().all(holds), "{state:?}");
                prop_assert_eq!(*pods, configs.len());
            }
            let current = |config: &Option<usize>| config.and_then(|at| history.get(at)) == Some(newest);
            if configs.iter().all(current) {
                prop_assert!(matches!(state, Acknowledged::Programmed { .. }), "{state:?}");
            }
        }
    }
}
