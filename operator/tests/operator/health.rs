//! From what pods count and probes find to a verdict that does not flicker.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use imgplane_config::{
    Hash, ObjectId, Probe,
    report::{ErrorSample, OriginHealth, ProbeOutcome as Outcome, ProbeResult, ProbeStep, Report},
};
use imgplane_operator::health::{
    DueProbe, Health, ProbeOutcome, Reachable, Remembered, Subject, Verdict, Verdicts,
};
use jiff::{SignedDuration, Timestamp};

use crate::world::id;

const START: i64 = 1_800_000_000;

/// One origin, the pods of one DataPlane, and a clock.
struct Bench {
    verdicts: Verdicts,
    subjects: BTreeMap<ObjectId, Subject>,
    pods: Vec<ObjectId>,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        Self::with(subject("one"))
    }

    fn with(subject: Subject) -> Self {
        let mut bench = Self {
            verdicts: Verdicts::default(),
            subjects: BTreeMap::from([(origin(), subject)]),
            pods: vec![id("imgplane-system/a"), id("imgplane-system/b"), id("imgplane-system/c")],
            now: Timestamp::from_second(START).unwrap(),
        };
        bench.hear(&[]);
        bench
    }

    /// One whose settings were judged by probes that succeeded, some time ago.
    fn healthy() -> Self {
        let mut bench = Self::new();
        bench.probe("a", Outcome::Reachable);
        assert_eq!(bench.health(), Health::Healthy);
        bench.pass(120);
        bench
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Reports of some pods arrive.
    fn hear(&mut self, reports: &[(&str, Report)]) {
        let reports: Vec<_> = reports.iter().map(|(pod, report)| (pod_id(pod), report)).collect();
        self.verdicts.update(self.now, &reports, &[], &self.subjects);
    }

    /// The same report of pod `a`, every ten seconds.
    fn hear_for(&mut self, looks: usize, mut health: impl FnMut(u64) -> OriginHealth) -> Vec<Health> {
        (0..looks)
            .map(|_| {
                self.pass(10);
                let second = u64::try_from(self.now.as_second()).unwrap();
                self.hear(&[("a", report(health(second)))]);
                self.health()
            })
            .collect()
    }

    fn probe(&mut self, pod: &str, outcome: Outcome) {
        let subject = &self.subjects[&origin()];
        let probe = outcome_of(pod, &subject.revision, outcome);
        self.verdicts.update(self.now, &[], &[probe], &self.subjects);
    }

    fn due(&mut self) -> Vec<DueProbe> {
        let pods = BTreeMap::from([(plane(), self.pods.clone())]);
        self.verdicts.due_probes(self.now, &self.subjects, &pods)
    }

    fn change(&mut self, change: impl FnOnce(&mut Subject)) {
        change(self.subjects.get_mut(&origin()).unwrap());
        self.hear(&[]);
    }

    fn verdict(&self) -> Verdict {
        self.verdicts.get(&origin())
    }

    fn health(&self) -> Health {
        self.verdict().health
    }

    fn reason(&self) -> String {
        match self.verdict().reachable {
            Reachable::Yes { .. } => "Reachable".to_owned(),
            Reachable::No { reason, .. } => reason,
            Reachable::Unknown { .. } => "NotObserved".to_owned(),
        }
    }

    fn message(&self) -> String {
        match self.verdict().reachable {
            Reachable::Yes { message } | Reachable::No { message, .. } | Reachable::Unknown { message } => {
                message
            }
        }
    }
}

fn origin() -> ObjectId {
    id("shop/photos")
}

fn plane() -> ObjectId {
    id("imgplane-system/default")
}

fn pod_id(name: &str) -> ObjectId {
    ObjectId::new("imgplane-system", name)
}

fn subject(revision: &str) -> Subject {
    Subject {
        generation: 1,
        revision: Hash::of(revision.as_bytes()),
        probe: Probe::default(),
        data_planes: BTreeSet::from([plane()]),
        is_new: false,
        remembered: None,
    }
}

fn outcome_of(pod: &str, revision: &Hash, outcome: Outcome) -> ProbeOutcome {
    let step = ProbeStep {
        name: "authenticate".to_owned(),
        ok: !matches!(outcome, Outcome::Failed(_)),
        millis: 3,
        detail: String::new(),
    };
    ProbeOutcome {
        origin: origin(),
        generation: 1,
        revision: revision.clone(),
        pod: pod_id(pod),
        result: ProbeResult { outcome, steps: vec![step], revision: revision.clone() },
    }
}

fn report(health: OriginHealth) -> Report {
    Report {
        schema_version: 1,
        version: "0.1.0".to_owned(),
        config_hash: None,
        config_error: None,
        settled: true,
        tls_error: None,
        records: vec![],
        origins: vec![health],
        purges: vec![],
        cache_error: None,
        store_error: None,
        store_purged: None,
    }
}

fn counted(successes: u64, errors: Vec<ErrorSample>) -> OriginHealth {
    let failed: u64 = errors.iter().map(|error| error.count).sum();
    OriginHealth { id: origin(), requests: successes + failed, successes, errors }
}

fn error(code: &str, reason: &str, count: u64, second: u64) -> ErrorSample {
    ErrorSample {
        code: code.to_owned(),
        reason: reason.to_owned(),
        ambiguous: false,
        message: format!("{reason} at the origin"),
        remedy: String::new(),
        http_status: None,
        provider_code: None,
        sample_path: "a.jpg".to_owned(),
        first_seen: second,
        last_seen: second,
        count,
    }
}

fn wrong_key() -> ErrorSample {
    ErrorSample {
        message: "403 InvalidAccessKeyId from S3: the access key does not exist".to_owned(),
        remedy: "Create a new key and update the Secret".to_owned(),
        http_status: Some(403),
        provider_code: Some("InvalidAccessKeyId".to_owned()),
        sample_path: String::new(),
        ..error("EACCES", "CredentialsInvalid", 1, u64::try_from(START).unwrap())
    }
}

fn refused(second: u64) -> ErrorSample {
    error("ECONNREFUSED", "Refused", 5, second)
}

fn absence(second: u64) -> ErrorSample {
    ErrorSample { ambiguous: true, ..error("EACCES", "AccessDenied", 5, second) }
}

#[test]
fn the_first_probe_of_new_settings_decides_at_once_in_both_directions() {
    let mut bench = Bench::new();
    assert_eq!((bench.health(), bench.verdict().settled), (Health::Unknown, false));
    assert_eq!(bench.message(), "it has not been asked yet: ready pods are about to probe it");
    bench.pass(2);
    bench.probe("a", Outcome::Failed(wrong_key()));
    assert_eq!((bench.health(), bench.verdict().settled), (Health::Failing, true));
    assert_eq!(bench.reason(), "EACCES_CredentialsInvalid");
    assert_eq!(
        bench.message(),
        "403 InvalidAccessKeyId from S3: the access key does not exist. 1 of 1 pods that probed it failed at the step \
         authenticate. Create a new key and update the Secret"
    );
    let errors = bench.verdict().last_errors;
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].code.as_str(), errors[0].reason.as_deref()),
        ("EACCES", Some("CredentialsInvalid"))
    );
    assert_eq!((errors[0].http_status, errors[0].sample_path.as_deref()), (Some(403), None));

    bench.pass(60);
    bench.change(|subject| subject.revision = Hash::of(b"right key"));
    assert_eq!((bench.health(), bench.verdict().settled), (Health::Unknown, false), "nothing is known of it");
    bench.pass(1);
    bench.probe("b", Outcome::Reachable);
    assert_eq!((bench.health(), bench.reason().as_str()), (Health::Healthy, "Reachable"));
    assert!(bench.verdict().last_errors.is_empty());
}

#[test]
fn what_reports_still_say_of_older_settings_does_not_hurt_the_new_ones() {
    let mut bench = Bench::healthy();
    let second = u64::try_from(bench.now.as_second()).unwrap();
    bench.hear_for(2, |_| counted(0, vec![refused(second)]));
    assert_eq!(bench.health(), Health::Failing);
    bench.change(|subject| subject.revision = Hash::of(b"two"));
    bench.hear(&[("a", report(counted(0, vec![refused(second + 20)])))]);
    bench.probe("a", Outcome::Reachable);
    assert_eq!(bench.health(), Health::Healthy);
    // The window of another pod still holds the failures of before, for a minute.
    let seen = bench.hear_for(6, |_| counted(0, vec![refused(second + 20)]));
    assert_eq!(seen, [Health::Healthy; 6]);
}

#[test]
fn requests_that_all_fail_decide_at_once_where_nothing_ever_came() {
    let failing = |second, count| counted(0, vec![ErrorSample { count, ..refused(second) }]);
    let new = || {
        let mut bench = Bench::with(Subject { is_new: true, ..subject("one") });
        bench.pass(1);
        bench.probe("a", Outcome::Reachable);
        assert_eq!(bench.health(), Health::Healthy, "a probe needs no file");
        bench
    };
    let mut bench = new();
    let second = u64::try_from(bench.now.as_second()).unwrap();
    bench.pass(3);
    bench.hear(&[("a", report(failing(second + 1, 3)))]);
    assert_eq!(bench.reason(), "ECONNREFUSED_Refused");

    let mut bench = new();
    assert_eq!(bench.hear_for(1, |second| failing(second, 2)), [Health::Healthy], "they are too few");

    let mut bench = new();
    bench.hear_for(1, |_| counted(1, vec![]));
    assert_eq!(bench.hear_for(1, |second| failing(second, 9)), [Health::Healthy], "something came");

    let mut bench = new();
    bench.pass(120);
    assert_eq!(bench.hear_for(1, |second| failing(second, 9)), [Health::Healthy], "it is not new any more");

    // Pods may still speak of older settings.
    let mut bench = Bench::new();
    bench.probe("a", Outcome::Reachable);
    let second = u64::try_from(bench.now.as_second()).unwrap();
    bench.pass(3);
    bench.hear(&[("a", report(failing(second + 1, 9)))]);
    assert_eq!(bench.health(), Health::Healthy);
}

#[test]
fn a_probe_of_other_settings_says_nothing_and_is_repeated() {
    let mut bench = Bench::new();
    let due = bench.due();
    let answer = |result: &Hash, probe: &DueProbe| {
        let mut probe = outcome_of(&probe.pod.name, result, Outcome::Reachable);
        probe.revision = Hash::of(b"one");
        probe
    };
    let old: Vec<_> = due.iter().map(|probe| answer(&Hash::of(b"zero"), probe)).collect();
    bench.verdicts.update(bench.now, &[], &old, &bench.subjects);
    assert_eq!(bench.health(), Health::Unknown);
    assert_eq!(bench.due(), [], "the pod needs a moment");
    bench.pass(4);
    assert_eq!(bench.due().len(), 2);
}

/// What pod `a` counts at a second, and what comes of it.
type Row = (&'static str, fn(u64) -> OriginHealth, Health, &'static str);

#[test]
fn requests_decide_once_two_looks_agree() {
    let old = Probe { enabled: false, ..Probe::default() };
    let rows: [Row; 12] = [
        ("all succeed", |_| counted(9, vec![]), Health::Healthy, "Reachable"),
        ("all fail", |s| counted(0, vec![refused(s)]), Health::Failing, "ECONNREFUSED_Refused"),
        ("some fail", |s| counted(5, vec![refused(s)]), Health::Degraded, "Reachable"),
        ("the odd one fails", |s| counted(1000, vec![refused(s)]), Health::Healthy, "Reachable"),
        (
            "files are absent",
            |s| counted(0, vec![error("ENOENT", "FileNotFound", 9, s)]),
            Health::Unknown,
            "NotObserved",
        ),
        (
            "the bucket is absent",
            |s| counted(0, vec![error("ENOENT", "BucketNotFound", 9, s)]),
            Health::Failing,
            "ENOENT_BucketNotFound",
        ),
        (
            "files are too large",
            |s| counted(0, vec![error("ELIMIT", "TooLarge", 9, s)]),
            Health::Unknown,
            "NotObserved",
        ),
        (
            "refusals may mean absence, nothing else comes",
            |s| counted(0, vec![absence(s)]),
            Health::Failing,
            "EACCES_AccessDenied",
        ),
        (
            "refusals may mean absence, and files come",
            |s| counted(1, vec![absence(s)]),
            Health::Healthy,
            "Reachable",
        ),
        (
            "what is certain goes before what may be absence",
            |s| counted(0, vec![absence(s), refused(s)]),
            Health::Failing,
            "ECONNREFUSED_Refused",
        ),
        (
            "the worst code goes first",
            |s| counted(0, vec![refused(s), error("EACCES", "CredentialsExpired", 1, s)]),
            Health::Failing,
            "EACCES_CredentialsExpired",
        ),
        (
            "an older pod knows no word",
            |s| counted(0, vec![error("ECONNREFUSED", "", 1, s)]),
            Health::Failing,
            "ECONNREFUSED",
        ),
    ];
    for (name, health, expected, reason) in rows {
        let mut bench = Bench::with(Subject { probe: old.clone(), ..subject("one") });
        bench.pass(120);
        let seen = bench.hear_for(3, health);
        assert_eq!((seen[2], bench.reason().as_str()), (expected, reason), "{name}: {seen:?}");
        if matches!(expected, Health::Failing | Health::Degraded) {
            assert_eq!(seen[0], Health::Unknown, "{name}: one look is not enough");
            assert!(!bench.verdict().last_errors.is_empty(), "{name}");
        } else {
            assert!(bench.verdict().last_errors.is_empty(), "{name}");
        }
    }
}

#[test]
fn messages_say_how_widely_requests_fail() {
    let mut bench = Bench::healthy();
    for _ in 0..2 {
        bench.pass(10);
        let second = u64::try_from(bench.now.as_second()).unwrap();
        bench.hear(&[("a", report(counted(5, vec![refused(second)]))), ("b", report(counted(10, vec![])))]);
    }
    assert_eq!(bench.health(), Health::Degraded);
    assert_eq!(
        bench.message(),
        "Refused at the origin. 5 of 20 requests in the last 60 s failed on 1 of 2 pods"
    );
    for _ in 0..2 {
        bench.pass(10);
        let second = u64::try_from(bench.now.as_second()).unwrap();
        let all_fail = report(counted(0, vec![refused(second)]));
        bench.hear(&[("a", all_fail.clone()), ("b", all_fail)]);
    }
    assert_eq!(bench.health(), Health::Failing);
    assert_eq!(
        bench.message(),
        "Refused at the origin. 10 of 10 requests in the last 60 s failed on 2 of 2 pods"
    );
}

#[test]
fn a_verdict_does_not_follow_a_single_look() {
    let mut bench = Bench::healthy();
    let mut bad = false;
    let seen = bench.hear_for(20, |second| {
        bad = !bad;
        if bad { counted(0, vec![refused(second)]) } else { counted(5, vec![]) }
    });
    assert_eq!(seen, [Health::Healthy; 20]);
}

#[test]
fn a_failing_origin_recovers_by_way_of_degraded_while_its_minute_holds_failures() {
    let mut bench = Bench::healthy();
    assert_eq!(bench.hear_for(2, |second| counted(0, vec![refused(second)]))[1], Health::Failing);
    let last = u64::try_from(bench.now.as_second()).unwrap();
    assert_eq!(bench.hear_for(2, |_| counted(5, vec![refused(last)]))[1], Health::Degraded);
    assert_eq!(bench.hear_for(2, |_| counted(5, vec![]))[1], Health::Healthy);
}

#[test]
fn few_failures_beside_a_probe_that_succeeds_are_not_the_end() {
    let mut bench = Bench::new();
    bench.probe("a", Outcome::Reachable);
    bench.pass(10);
    let seen = bench.hear_for(3, |second| counted(0, vec![ErrorSample { count: 1, ..refused(second) }]));
    assert_eq!(seen[2], Health::Degraded);
    assert!(bench.message().contains(". Probes succeed, and the only request in the last 60 s failed"));
    bench.probe("a", Outcome::Reachable);
    let seen = bench.hear_for(2, |second| counted(0, vec![refused(second)]));
    assert_eq!(seen[1], Health::Failing, "many failures weigh more than a probe");
}

#[test]
fn a_refusal_is_taken_for_absence_where_a_probe_reads_a_file() {
    for (path, expected) in [("known.jpg", Health::Healthy), ("", Health::Failing)] {
        let mut bench = Bench::new();
        bench.change(|subject| subject.probe.path = path.to_owned());
        bench.probe("a", Outcome::Reachable);
        let seen = bench.hear_for(5, |second| counted(0, vec![absence(second)]));
        assert_eq!(seen[4], expected, "probe.path {path:?}");
    }
}

#[test]
fn an_answer_that_decides_nothing_asks_for_a_file_to_probe_and_contradicts_no_success() {
    let unclear = || Outcome::Unknown { message: "the bucket answers 403".to_owned() };
    let mut bench = Bench::new();
    bench.probe("a", unclear());
    assert_eq!((bench.health(), bench.reason().as_str()), (Health::Unknown, "NotObserved"));
    assert_eq!(
        bench.message(),
        "the probe by pod imgplane-system/a decides nothing: the bucket answers 403; set spec.probe.path to a file \
         that is there, so that it can be told"
    );
    assert!(bench.verdict().settled, "it is as clear as it gets");

    let seen = bench.hear_for(3, |_| counted(2, vec![]));
    assert_eq!(seen[2], Health::Healthy);
    for _ in 0..5 {
        bench.pass(60);
        bench.probe("a", unclear());
        bench.hear_for(2, |_| counted(0, vec![]));
    }
    assert_eq!(bench.health(), Health::Healthy);
}

#[test]
fn probes_that_agree_are_believed_at_once_and_a_single_one_is_not() {
    let mut bench = Bench::healthy();
    bench.probe("a", Outcome::Failed(wrong_key()));
    assert_eq!(bench.health(), Health::Healthy, "one node may have its own trouble");
    bench.probe("b", Outcome::Failed(wrong_key()));
    assert_eq!(bench.health(), Health::Failing);
    assert!(bench.message().contains(". 2 of 2 pods that probed it failed"), "{}", bench.message());
    bench.pass(30);
    bench.probe("a", Outcome::Reachable);
    assert_eq!(bench.health(), Health::Failing);
    bench.probe("b", Outcome::Reachable);
    assert_eq!(bench.health(), Health::Healthy);
}

#[test]
fn probes_that_disagree_make_it_degraded() {
    let mut bench = Bench::healthy();
    for _ in 0..3 {
        bench.pass(5);
        bench.probe("a", Outcome::Failed(wrong_key()));
        bench.probe("b", Outcome::Reachable);
    }
    assert_eq!((bench.health(), bench.reason().as_str()), (Health::Degraded, "Reachable"));
    assert!(bench.message().contains(". 1 of 2 pods that probed it failed"), "{}", bench.message());
}

#[test]
fn what_pods_saw_is_merged_by_class_worst_first_and_at_most_five() {
    let mut bench = Bench::healthy();
    for _ in 0..2 {
        bench.pass(10);
        let second = u64::try_from(bench.now.as_second()).unwrap();
        let many = |count: u64| {
            let mut errors: Vec<_> =
                ["DnsFailed", "ServerError", "TlsFailed", "HeadersTimeout", "BodyBroken"]
                    .into_iter()
                    .map(|reason| error("UNIDENTIFIED", reason, 2, second))
                    .collect();
            errors.push(ErrorSample { first_seen: second - count, count, ..refused(second) });
            report(counted(0, errors))
        };
        bench.hear(&[("a", many(3)), ("b", many(40))]);
    }
    let errors = bench.verdict().last_errors;
    assert_eq!(errors.len(), 5);
    let worst = &errors[0];
    assert_eq!((worst.code.as_str(), worst.count, worst.pods), ("ECONNREFUSED", 43, 2));
    assert_eq!(worst.last_seen.0.as_second() - worst.first_seen.0.as_second(), 40);
    assert!(errors[1..].iter().all(|error| error.code == "UNIDENTIFIED" && error.count == 4));
}

#[test]
fn the_reason_stays_while_its_failures_do() {
    let mut bench = Bench::healthy();
    bench.hear_for(2, |second| counted(0, vec![refused(second)]));
    assert_eq!(bench.reason(), "ECONNREFUSED_Refused");
    bench.hear_for(2, |s| counted(0, vec![refused(s), error("EACCES", "AddressBlocked", 9, s)]));
    assert_eq!(bench.reason(), "ECONNREFUSED_Refused");
    bench.hear_for(1, |s| counted(0, vec![error("EACCES", "AddressBlocked", 9, s)]));
    assert_eq!(bench.reason(), "EACCES_AddressBlocked");
}

#[test]
fn a_silent_pod_counts_with_what_it_said_for_half_a_minute() {
    let mut bench = Bench::healthy();
    bench.hear_for(2, |second| counted(0, vec![refused(second)]));
    assert_eq!(bench.health(), Health::Failing);
    bench.pass(30);
    bench.hear(&[("b", report(counted(5, vec![])))]);
    bench.pass(1);
    bench.hear(&[]);
    bench.pass(9);
    bench.hear(&[]);
    assert_eq!(bench.health(), Health::Healthy, "only the other pod's word is left");
}

#[test]
fn nothing_is_known_without_requests_and_probes() {
    let disabled = Probe { enabled: false, ..Probe::default() };
    let mut bench = Bench::with(Subject { probe: disabled, ..subject("one") });
    assert_eq!((bench.health(), bench.verdict().settled), (Health::Unknown, true));
    assert!(bench.message().contains("spec.probe.enabled is false"), "{}", bench.message());
    // Bad news without a successor is forgotten sooner than good news.
    bench.hear_for(3, |second| counted(0, vec![refused(second)]));
    assert_eq!(bench.health(), Health::Failing);
    bench.hear_for(55, |_| counted(0, vec![]));
    assert_eq!(bench.health(), Health::Failing);
    bench.hear_for(10, |_| counted(0, vec![]));
    assert_eq!((bench.health(), bench.reason().as_str()), (Health::Unknown, "NotObserved"));
    bench.hear_for(3, |_| counted(1, vec![]));
    assert_eq!(bench.hear_for(1000, |_| counted(0, vec![])).last(), Some(&Health::Healthy));
    assert_eq!(
        Verdicts::default().get(&origin()).reachable,
        Reachable::Unknown { message: "it was never asked, because no pod runs it".to_owned() }
    );
}

#[test]
fn a_first_probe_that_never_comes_is_not_awaited_for_ever() {
    let mut bench = Bench::new();
    bench.pass(60);
    bench.hear(&[]);
    assert!(!bench.verdict().settled);
    bench.pass(31);
    bench.hear(&[]);
    assert!(bench.verdict().settled);
    assert_eq!(
        bench.message(),
        "no ready pod has managed to probe it yet: look at the DataPlane that runs it"
    );
}

#[test]
fn new_settings_are_probed_at_once_by_two_pods() {
    let mut bench = Bench::new();
    let due = bench.due();
    let pods: BTreeSet<_> = due.iter().map(|probe| &probe.pod).collect();
    assert_eq!((due.len(), pods.len()), (2, 2));
    assert!(due.iter().all(|probe| probe.revision == Hash::of(b"one") && probe.origin == origin()));
    assert_eq!(bench.due(), [], "they are under way");
    bench.pass(16);
    assert_eq!(bench.due(), [], "given up, and soon repeated");
    bench.pass(30);
    assert_eq!(bench.due().len(), 2);

    bench.change(|subject| subject.revision = Hash::of(b"two"));
    assert_eq!(bench.due().len(), 2, "another revision does not wait for the answers of the last one");
}

#[test]
fn a_probe_without_an_answer_is_repeated_with_growing_pauses() {
    let mut bench = Bench::new();
    bench.pods.truncate(1);
    let mut due = bench.due();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        bench.verdicts.lost(bench.now, &due[0]);
        let lost = bench.now;
        loop {
            due = bench.due();
            if !due.is_empty() {
                break;
            }
            bench.pass(1);
        }
        pauses.push(bench.now.duration_since(lost).as_secs());
    }
    assert_eq!(pauses, [2, 4, 8, 16, 30, 30]);
}

#[test]
fn probes_are_due_every_interval_without_requests_and_every_half_minute_while_it_fails() {
    let mut bench = Bench::new();
    let answer = |bench: &mut Bench, outcome: &Outcome| {
        let due = bench.due();
        for probe in &due {
            bench.probe(&probe.pod.name.clone(), outcome.clone());
        }
        due.len()
    };
    assert_eq!(answer(&mut bench, &Outcome::Reachable), 2);
    bench.pass(299);
    bench.hear(&[]);
    assert_eq!(answer(&mut bench, &Outcome::Reachable), 0);
    bench.pass(1);
    assert_eq!(answer(&mut bench, &Outcome::Reachable), 1, "one pod is enough as long as all is well");

    // Requests say the same.
    bench.hear_for(60, |_| counted(5, vec![]));
    assert_eq!(answer(&mut bench, &Outcome::Reachable), 0);
    bench.pass(300);
    bench.hear(&[]);
    let failed = Outcome::Failed(wrong_key());
    assert_eq!(answer(&mut bench, &failed), 1);
    assert_eq!(bench.health(), Health::Healthy);
    bench.pass(5);
    bench.hear(&[]);
    assert_eq!(answer(&mut bench, &failed), 2, "a suspicion is looked into");
    assert_eq!(bench.health(), Health::Failing);
    bench.pass(29);
    assert_eq!(answer(&mut bench, &failed), 0);
    bench.pass(1);
    assert_eq!(answer(&mut bench, &Outcome::Reachable), 2);
    assert_eq!(bench.health(), Health::Healthy);
}

#[test]
fn nothing_is_probed_that_must_not_or_cannot_be() {
    let mut bench = Bench::new();
    bench.pods.clear();
    assert_eq!(bench.due(), []);
    let mut bench = Bench::new();
    bench.change(|subject| subject.data_planes = BTreeSet::from([id("other/plane")]));
    assert_eq!(bench.due(), [], "no pod runs it");
    let mut bench = Bench::new();
    bench.change(|subject| subject.probe.enabled = false);
    bench.pass(100_000);
    assert_eq!(bench.due(), []);
}

#[test]
fn a_thousand_new_origins_are_not_probed_all_at_once() {
    let mut bench = Bench::new();
    for number in 0..1000 {
        bench.subjects.insert(id(&format!("shop/o{number}")), subject("one"));
    }
    bench.hear(&[]);
    let due = bench.due();
    assert_eq!(due.len(), 12, "four on each of three pods");
    assert_eq!(bench.due(), []);
    bench.verdicts.lost(bench.now, &due[0]);
    bench.verdicts.lost(bench.now, &due[1]);
    assert!((1..=2).contains(&bench.due().len()));
}

fn remembered(health: Health) -> Subject {
    let remembered = Remembered {
        health,
        reason: (health == Health::Failing).then(|| "ECONNREFUSED_Refused".to_owned()),
        message: "as it was written".to_owned(),
        last_errors: vec![],
    };
    Subject { remembered: Some(remembered), ..subject("one") }
}

#[test]
fn a_new_leader_goes_on_with_what_is_written_and_does_not_probe_all_at_once() {
    for health in [Health::Healthy, Health::Degraded, Health::Failing] {
        let bench = Bench::with(remembered(health));
        assert_eq!((bench.health(), bench.verdict().settled), (health, true));
        assert_eq!(bench.message(), "as it was written");
    }
    let mut bench = Bench::with(remembered(Health::Healthy));
    for number in 0..300 {
        bench.subjects.insert(id(&format!("shop/o{number}")), remembered(Health::Healthy));
    }
    bench.hear(&[]);
    let mut probed = BTreeSet::new();
    for _ in 0..300 {
        let due = bench.due();
        assert!(due.len() < 15, "{} in one second", due.len());
        let answers: Vec<_> = due
            .into_iter()
            .map(|probe| {
                probed.insert(probe.origin.clone());
                let result = ProbeResult {
                    outcome: Outcome::Reachable,
                    steps: vec![],
                    revision: probe.revision.clone(),
                };
                probe.answered(result)
            })
            .collect();
        bench.verdicts.update(bench.now, &[], &answers, &bench.subjects);
        bench.pass(1);
    }
    assert_eq!(probed.len(), 301, "each one within its interval");
}

#[test]
fn what_is_no_origin_any_more_is_forgotten() {
    let mut bench = Bench::healthy();
    let subject = bench.subjects.remove(&origin()).unwrap();
    bench.hear(&[]);
    assert_eq!(bench.message(), "it was never asked, because no pod runs it");
    bench.subjects.insert(origin(), subject);
    bench.hear(&[]);
    assert_eq!(bench.health(), Health::Unknown);
}

#[test]
fn whatever_a_pod_says_fits_into_a_status() {
    let hostile = ErrorSample {
        code: "EACCES\nReady: True".to_owned(),
        reason: "x".repeat(5000),
        message: "line\nbreak\u{7}".repeat(500),
        http_status: Some(60_000),
        provider_code: Some("p".repeat(5000)),
        sample_path: "/a\r\n".repeat(5000),
        first_seen: u64::MAX,
        last_seen: u64::MAX,
        count: u64::MAX,
        ..refused(0)
    };
    let disabled = Probe { enabled: false, interval: Duration::MAX, ..Probe::default() };
    let mut bench = Bench::with(Subject { probe: disabled, ..subject("one") });
    let health = OriginHealth {
        id: origin(),
        requests: u64::MAX,
        successes: 0,
        errors: vec![
            ErrorSample { last_seen: u64::try_from(START + 100).unwrap(), ..hostile.clone() },
            hostile,
        ],
    };
    bench.hear_for(3, |_| health.clone());
    assert_eq!((bench.health(), bench.reason().as_str()), (Health::Failing, "UNIDENTIFIED"));
    let errors = bench.verdict().last_errors;
    let error = &errors[0];
    assert_eq!((error.code.as_str(), &error.reason, error.http_status), ("UNIDENTIFIED", &None, None));
    assert!(error.message.chars().count() <= 1024 && !error.message.contains(char::is_control));
    assert!(error.sample_path.as_ref().unwrap().len() <= 1024);
    assert!(error.provider_code.as_ref().unwrap().len() <= 128);
    assert!(error.count >= 0);
}
