//! What reaches the API server: counted over hours of virtual time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use imgplane_config::ObjectId;
use imgplane_crds::{ConditionType, Health, Kind};
use imgplane_operator::{
    health::{Reachable, Verdict},
    status::{DesiredStatus, StatusBody},
    write::{Announcer, StatusWriter},
};
use jiff::{SignedDuration, Timestamp};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::scene::{SHOP, START, Scene, failing, healthy};

const HOUR: Duration = Duration::from_hours(1);

/// One request that changes something.
#[derive(Debug, Clone)]
struct Call {
    at: Instant,
    method: Method,
    path: String,
    query: String,
    body: Value,
}

/// What the API server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Ok,
    Code(u16),
    /// A code, with a message.
    Says(u16, &'static str),
    Never,
}

#[derive(Debug)]
struct Server {
    calls: Vec<Call>,
    answer: Answer,
}

/// An API server that takes everything and remembers it.
#[derive(Clone)]
struct Api(Arc<Mutex<Server>>);

impl Api {
    fn start() -> (Self, Client) {
        let api = Self(Arc::new(Mutex::new(Server { calls: Vec::new(), answer: Answer::Ok })));
        let answering = api.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let api = answering.clone();
            async move { Ok::<_, std::convert::Infallible>(api.answer(request).await) }
        });
        let client = Client::new(service, "default");
        (api, client)
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let answer = {
            let mut server = self.0.lock().unwrap();
            server.calls.push(Call {
                at: Instant::now(),
                method: parts.method,
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                body: body.clone(),
            });
            server.answer
        };
        let (code, body) = match answer {
            Answer::Ok => (200, body),
            Answer::Code(code) => (code, failure(code, "no")),
            Answer::Says(code, message) => (code, failure(code, message)),
            Answer::Never => std::future::pending().await,
        };
        let body = Body::from(serde_json::to_vec(&body).unwrap());
        Response::builder().status(code).header("content-type", "application/json").body(body).unwrap()
    }

    fn answers(&self, answer: Answer) {
        self.0.lock().unwrap().answer = answer;
    }

    fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().calls.clone()
    }

    fn forget(&self) {
        self.0.lock().unwrap().calls.clear();
    }

    fn statuses_of(&self, name: &str) -> Vec<Call> {
        let end = format!("/{name}/status");
        self.calls().into_iter().filter(|call| call.path.ends_with(&end)).collect()
    }

    fn events(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.path.contains("/events")).collect()
    }
}

fn failure(code: u16, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "message": message,
        "reason": "Whatever",
    })
}

/// A leader with its writers, whose own writes come back to it as the watch would bring them.
struct Leader {
    scene: Scene,
    api: Api,
    writer: StatusWriter,
    announcer: Announcer,
    shutdown: CancellationToken,
    started: Instant,
    seen: usize,
}

impl Leader {
    fn start() -> Self {
        let (api, client) = Api::start();
        let shutdown = CancellationToken::new();
        Self {
            scene: Scene::new(SHOP),
            api,
            writer: StatusWriter::start(client.clone(), shutdown.clone()),
            announcer: Announcer::start(client, "operator-0", shutdown.clone()),
            shutdown,
            started: Instant::now(),
            seen: 0,
        }
    }

    /// One that has settled with everything healthy.
    async fn settled() -> Self {
        let mut leader = Self::start();
        leader.lead(Duration::from_mins(5), |_| healthy()).await;
        leader
    }

    /// One turn, then a pause.
    async fn turn(&mut self, pause: Duration) {
        self.read_back();
        let elapsed = SignedDuration::try_from(self.started.elapsed()).unwrap();
        self.scene.now = Timestamp::from_second(START).unwrap() + elapsed;
        for status in self.scene.statuses() {
            self.announcer.offer(&status);
            self.writer.offer(status);
        }
        sleep(pause).await;
    }

    /// Turns every ten seconds; the verdict on the origin is made from the number of the turn.
    async fn lead(&mut self, time: Duration, verdict: impl Fn(u64) -> Verdict) {
        for turn in 0..time.as_secs() / 10 {
            self.scene.verdict = verdict(turn);
            self.turn(Duration::from_secs(10)).await;
        }
    }

    /// The watch brings what was written.
    fn read_back(&mut self) {
        let calls = self.api.calls();
        for call in calls.get(self.seen..).unwrap_or_default() {
            let Some(path) = call.path.strip_suffix("/status") else { continue };
            let parts: Vec<_> = path.split('/').collect();
            let id = ObjectId::new(parts[5], parts[7]);
            let body = call.body["status"].clone();
            let (kind, body) = match parts[6] {
                "origins" => (Kind::Origin, StatusBody::Origin(serde_json::from_value(body).unwrap())),
                "urlendpoints" => {
                    (Kind::UrlEndpoint, StatusBody::UrlEndpoint(serde_json::from_value(body).unwrap()))
                }
                "dataplanes" => {
                    (Kind::DataPlane, StatusBody::DataPlane(serde_json::from_value(body).unwrap()))
                }
                other => panic!("{other} is no kind of ours"),
            };
            self.scene.write(kind, &id, &body);
        }
        self.seen = calls.len();
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The most calls in any hour.
fn most_in_an_hour(calls: &[Call]) -> usize {
    let within = |first: &Call| {
        calls.iter().filter(|call| call.at >= first.at && call.at.duration_since(first.at) < HOUR).count()
    };
    calls.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn an_idle_hour_costs_no_write() {
    let mut leader = Leader::settled().await;
    assert_eq!(leader.api.statuses_of("photos").len(), 1);
    assert_eq!(leader.api.events().len(), 3, "each object was announced as ready");
    leader.api.forget();
    leader.seen = 0;
    leader.lead(HOUR, |_| healthy()).await;
    assert_eq!(leader.api.calls().len(), 0);
    assert!(leader.writer.counts().skipped >= 3 * 360);
}

#[tokio::test(start_paused = true)]
async fn a_steadily_failing_origin_costs_one_write_and_one_event() {
    let mut leader = Leader::settled().await;
    leader.api.forget();
    leader.seen = 0;
    leader
        .lead(6 * HOUR, |turn| {
            let mut verdict = failing();
            verdict.last_errors[0].count = i64::try_from(turn).unwrap();
            verdict.last_errors[0].sample_path = Some(format!("{turn}.jpg"));
            verdict
        })
        .await;
    assert_eq!(leader.api.statuses_of("photos").len(), 1);
    assert_eq!(leader.api.events().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flapping_origin_costs_at_most_twelve_writes_and_six_events_an_hour() {
    for (name, period, least) in
        [("every look", 1, 6), ("every other minute", 12, 6), ("every twenty minutes", 120, 3)]
    {
        let mut leader = Leader::start();
        // From its very creation on, the worst case.
        leader.lead(6 * HOUR, |turn| if turn / period % 2 == 0 { failing() } else { healthy() }).await;
        let (writes, events) = (leader.api.statuses_of("photos"), leader.api.events());
        let events: Vec<_> =
            events.into_iter().filter(|call| call.body["regarding"]["name"] == "photos").collect();
        let created = writes[0].at;
        let later: Vec<_> = writes
            .iter()
            .filter(|call| call.at.duration_since(created) >= Duration::from_mins(2))
            .cloned()
            .collect();
        let (most, events) = (most_in_an_hour(&later), most_in_an_hour(&events));
        assert!((least..=12).contains(&most), "{name}: {most} writes");
        assert!((2..=6).contains(&events), "{name}: {events} events");
        // The creation itself is a change of the spec.
        assert!(most_in_an_hour(&writes) <= 3 + 12, "{name}");
        assert_eq!(leader.api.statuses_of("products").len(), 1, "{name}: its endpoint does not suffer");
        // Once it is quiet, the truth is told.
        leader.lead(Duration::from_mins(20), |_| healthy()).await;
        leader.read_back();
        let status = leader.scene.status(Kind::Origin);
        assert!(status.body.same_news(status.current.as_ref().unwrap()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_spec_is_told_at_once_while_the_origin_flaps() {
    let mut leader = Leader::settled().await;
    leader.lead(2 * HOUR, |turn| if turn % 2 == 0 { failing() } else { healthy() }).await;
    assert!(leader.writer.counts().held_back > 0, "the budget is spent");
    leader.api.forget();
    leader.seen = 0;
    leader.scene.snapshot.origins[0].metadata.generation = Some(2);
    leader.scene.snapshot.origins[0].spec.fetch = serde_json::from_value(json!({ "retries": 0 })).unwrap();
    leader.scene.publish();
    let edited = Instant::now();
    leader.scene.verdict = healthy();
    leader.turn(Duration::from_millis(500)).await;
    leader.scene.load();
    leader.turn(Duration::from_millis(500)).await;
    leader.scene.verdict = failing();
    leader.turn(Duration::from_millis(500)).await;

    let writes = leader.api.statuses_of("photos");
    let told: Vec<_> = writes
        .iter()
        .map(|call| {
            let status: imgplane_crds::OriginStatus =
                serde_json::from_value(call.body["status"].clone()).unwrap();
            assert_eq!(status.observed_generation, Some(2));
            let body = StatusBody::Origin(status);
            let reason = |kind| body.condition(kind).unwrap().reason.clone();
            let after = call.at.duration_since(edited).as_millis();
            (after / 500, reason(ConditionType::Programmed), reason(ConditionType::Reachable))
        })
        .collect();
    let row =
        |half: u128, programmed: &str, reachable: &str| (half, programmed.to_owned(), reachable.to_owned());
    assert_eq!(
        told,
        [
            row(0, "AckPending", "Reachable"),
            row(1, "Programmed", "Reachable"),
            row(2, "Programmed", "EACCES_CredentialsInvalid"),
        ]
    );
    // It goes on flapping, and that costs no more than before.
    leader.lead(HOUR, |turn| if turn % 2 == 0 { failing() } else { healthy() }).await;
    let all = leader.api.statuses_of("photos").len();
    assert!(all <= 3 + 12, "{all}");
}

#[tokio::test(start_paused = true)]
async fn the_writes_of_a_change_tell_how_it_goes_and_the_last_how_it_ended() {
    let mut leader = Leader::settled().await;
    leader.lead(2 * HOUR, |turn| if turn % 2 == 0 { failing() } else { healthy() }).await;
    leader.api.forget();
    leader.seen = 0;
    leader.scene.snapshot.origins[0].metadata.generation = Some(2);
    leader.scene.snapshot.origins[0].spec.fetch = serde_json::from_value(json!({ "retries": 0 })).unwrap();
    leader.scene.publish();
    let awaiting = Verdict {
        health: Health::Unknown,
        reachable: Reachable::Unknown { message: "it is about to be probed".to_owned() },
        last_errors: vec![],
        settled: false,
    };
    // One pod is quick, the other loads last; only then the origin is probed.
    for verdict in [healthy(), awaiting.clone(), awaiting.clone()] {
        leader.scene.verdict = verdict;
        leader.turn(Duration::from_millis(500)).await;
    }
    leader.scene.load();
    for verdict in [awaiting.clone(), awaiting, failing()] {
        leader.scene.verdict = verdict;
        leader.turn(Duration::from_millis(500)).await;
    }

    let told: Vec<_> = leader
        .api
        .statuses_of("photos")
        .iter()
        .map(|call| {
            let status = serde_json::from_value(call.body["status"].clone()).unwrap();
            let body = StatusBody::Origin(status);
            let status = |kind| body.condition(kind).unwrap().status.clone();
            (status(ConditionType::Programmed), status(ConditionType::Reachable))
        })
        .collect();
    let row = |programmed: &str, reachable: &str| (programmed.to_owned(), reachable.to_owned());
    assert_eq!(told, [row("Unknown", "True"), row("True", "Unknown"), row("True", "False")]);
}

#[tokio::test(start_paused = true)]
async fn pods_that_come_and_go_cost_their_endpoints_nothing() {
    let mut leader = Leader::settled().await;
    leader.api.forget();
    leader.seen = 0;
    for round in 0..20_usize {
        let mut newcomer = leader.scene.pod(&format!("new-{round}"));
        newcomer.config = None;
        leader.scene.pods.push(newcomer);
        leader.lead(Duration::from_secs(10), |_| healthy()).await;
        leader.scene.load();
        leader.lead(Duration::from_mins(2), |_| healthy()).await;
        leader.scene.pods.remove(0);
        leader.lead(Duration::from_mins(1), |_| healthy()).await;
    }
    assert_eq!(leader.api.statuses_of("products").len(), 0);
    assert_eq!(leader.api.statuses_of("photos").len(), 0);
    let pods = leader.api.statuses_of("default");
    assert!((1..=18).contains(&pods.len()), "{} in about an hour", pods.len());
    assert!(most_in_an_hour(&pods) <= 12);
}

/// What `kubectl get` shows of the pods must not be ten minutes old because a rollout spent the budget on its steps.
#[tokio::test(start_paused = true)]
async fn how_many_pods_there_are_is_told_seconds_after_the_last_came_or_went() {
    let mut leader = Leader::settled().await;
    leader.api.forget();
    leader.seen = 0;
    for generation in 2..6 {
        leader.scene.snapshot.data_planes[0].metadata.generation = Some(generation);
        leader.scene.publish();
        leader.turn(Duration::from_millis(500)).await;
        leader.scene.load();
        leader.turn(Duration::from_millis(500)).await;
        // One after another is replaced: it is ready before it is asked, and then the old one goes.
        for round in 0..3 {
            let name = format!("new-{generation}-{round}");
            let mut newcomer = leader.scene.pod(&name);
            newcomer.config = None;
            leader.scene.pods.push(newcomer);
            leader.turn(Duration::from_millis(500)).await;
            leader.scene.load();
            leader.turn(Duration::from_millis(500)).await;
            leader.scene.pods.remove(0);
            leader.turn(Duration::from_millis(500)).await;
        }
        // And it is scaled up by one.
        let another = leader.scene.pod(&format!("another-{generation}"));
        leader.scene.pods.push(another);
        for _ in 0..10 {
            leader.turn(Duration::from_millis(500)).await;
        }
        let writes = leader.api.statuses_of("default");
        let pods = writes.last().map(|call| call.body["status"]["pods"].clone());
        let count = leader.scene.pods.len();
        assert_eq!(pods, Some(json!(format!("{count}/{count}"))), "generation {generation}");
        leader.turn(Duration::from_mins(10)).await;
    }
    let writes = leader.api.statuses_of("default").len();
    assert!(writes <= 4 * (3 + 2), "{writes}");
}

fn desired(name: &str, generation: i64, current: Option<StatusBody>) -> DesiredStatus {
    let body = imgplane_crds::UrlEndpointStatus {
        observed_generation: Some(generation),
        url: Some(format!("https://img.example/shop/{name}")),
        ..Default::default()
    };
    let (id, uid) = (ObjectId::new("shop", name), format!("uid-{name}"));
    DesiredStatus::new(Kind::UrlEndpoint, id, uid, generation, StatusBody::UrlEndpoint(body), current)
}

/// A writer alone.
fn writer() -> (Api, StatusWriter, CancellationToken) {
    let (api, client) = Api::start();
    let shutdown = CancellationToken::new();
    (api, StatusWriter::start(client, shutdown.clone()), shutdown)
}

#[tokio::test(start_paused = true)]
async fn a_status_is_applied_with_its_own_manager_and_the_uid_of_its_object() {
    let (api, writer, _shutdown) = writer();
    writer.offer(desired("a", 1, None));
    sleep(Duration::from_secs(1)).await;
    let calls = api.calls();
    let [call] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!(call.method, Method::PATCH);
    assert_eq!(call.path, "/apis/imgplane.dev/v1alpha1/namespaces/shop/urlendpoints/a/status");
    assert!(call.query.contains("force=true") && call.query.contains("fieldManager=imgplane-status"));
    assert_eq!(
        call.body,
        json!({
            "apiVersion": "imgplane.dev/v1alpha1",
            "kind": "UrlEndpoint",
            "metadata": { "namespace": "shop", "name": "a", "uid": "uid-a" },
            "status": { "observedGeneration": 1, "url": "https://img.example/shop/a" },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_written_is_not_written_again_while_the_watch_lags_behind() {
    let (api, writer, _shutdown) = writer();
    for _ in 0..20 {
        writer.offer(desired("a", 1, None));
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(api.calls().len(), 1);
    // Somebody else changed it, as the watch says.
    let other = desired("a", 7, None).body;
    for _ in 0..3 {
        writer.offer(desired("a", 1, Some(other.clone())));
        sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(api.calls().len(), 2, "it is put right once");
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_each_object_is_written_and_the_rest_is_not() {
    let (api, writer, _shutdown) = writer();
    for generation in 1..50 {
        writer.offer(desired("a", generation, None));
    }
    sleep(Duration::from_secs(1)).await;
    let calls = api.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body["status"]["observedGeneration"], 49);
    // What became true again before it was written is not written at all.
    let current = Some(desired("a", 49, None).body);
    let weather = || {
        let mut status = desired("a", 49, current.clone());
        let StatusBody::UrlEndpoint(body) = &mut status.body else { panic!("it is one") };
        body.conditions = vec![condition("Programmed", "Unknown")];
        status
    };
    writer.offer(desired("a", 49, current.clone()));
    sleep(Duration::from_mins(3)).await;
    writer.offer(weather());
    sleep(Duration::from_secs(1)).await;
    writer.offer(desired("a", 49, current.clone()));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(api.calls().len(), 1);
}

fn condition(kind: &str, status: &str) -> imgplane_crds::Condition {
    imgplane_crds::Condition {
        last_transition_time: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::UNIX_EPOCH),
        message: String::new(),
        observed_generation: None,
        reason: kind.to_owned(),
        status: status.to_owned(),
        type_: kind.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_is_repeated_with_growing_pauses_and_the_newest_status() {
    let busy =
        "Operation cannot be fulfilled on urlendpoints.imgplane.dev \"a\": the object has been modified";
    let answers = [500, 429, 403].map(Answer::Code).into_iter();
    for answer in answers.chain([Answer::Says(409, busy), Answer::Never]) {
        let (api, writer, _shutdown) = writer();
        api.answers(answer);
        for _ in 0..30 {
            writer.offer(desired("a", 1, None));
            sleep(Duration::from_secs(2)).await;
        }
        let tries = api.calls().len();
        assert!((3..=8).contains(&tries), "{answer:?}: {tries} tries in a minute");
        api.answers(Answer::Ok);
        writer.offer(desired("a", 2, None));
        sleep(Duration::from_mins(2)).await;
        let calls = api.calls();
        assert_eq!(calls.last().unwrap().body["status"]["observedGeneration"], 2, "{answer:?}");
        let (written, failed) = (writer.counts().written, writer.counts().failed);
        assert_eq!(written, 1, "{answer:?}");
        assert!(failed >= 3, "{answer:?}: {failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_gone_or_replaced_is_left_alone() {
    let gone = "uid mismatch: the provided object specified uid uid-a, and no existing object was found";
    let replaced = "Precondition failed: UID in precondition: uid-a, UID in object meta: uid-b";
    for answer in [Answer::Code(404), Answer::Says(409, gone), Answer::Says(409, replaced)] {
        let (api, writer, _shutdown) = writer();
        api.answers(answer);
        writer.offer(desired("a", 1, None));
        sleep(Duration::from_mins(10)).await;
        assert_eq!(api.calls().len(), 1, "{answer:?}");
        assert_eq!((writer.counts().failed, writer.counts().waiting), (0, 0), "{answer:?}");
        // Its successor has another uid, and a budget of its own.
        api.answers(Answer::Ok);
        let mut successor = desired("a", 1, None);
        successor.uid = "uid-b".to_owned();
        writer.offer(successor);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(api.calls().len(), 2, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_refused_for_what_it_says_waits_until_it_says_something_else() {
    for code in [400, 422] {
        let (api, writer, _shutdown) = writer();
        api.answers(Answer::Code(code));
        for _ in 0..300 {
            writer.offer(desired("a", 1, None));
            sleep(Duration::from_secs(10)).await;
        }
        assert_eq!(api.calls().len(), 1, "{code}: 50 minutes");
        let counts = writer.counts();
        assert_eq!((counts.failed, counts.waiting), (1, 0), "{code}");
        writer.offer(desired("a", 2, None));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(api.calls().len(), 2, "{code}: another status is tried at once");
        // The definitions may have been replaced meanwhile, and the object nonetheless looks as before.
        for _ in 0..6 * 60 * 6 {
            writer.offer(desired("a", 2, None));
            sleep(Duration::from_secs(10)).await;
        }
        let tries = api.calls().len() - 2;
        assert!((5..=6).contains(&tries), "{code}: {tries} in 6 hours");
        api.answers(Answer::Ok);
        for _ in 0..6 * 61 {
            writer.offer(desired("a", 2, None));
            sleep(Duration::from_secs(10)).await;
        }
        assert_eq!(writer.counts().written, 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_fails_for_hours_is_tried_every_ten_minutes_and_at_once_when_it_is_changed() {
    let (api, writer, _shutdown) = writer();
    api.answers(Answer::Code(403));
    sleep(Duration::from_secs(1)).await;
    for _ in 0..6 * 60 {
        writer.offer(desired("a", 1, None));
        sleep(Duration::from_secs(10)).await;
    }
    api.forget();
    for _ in 0..6 * 60 {
        writer.offer(desired("a", 1, None));
        sleep(Duration::from_secs(10)).await;
    }
    let tries = api.calls().len();
    assert!((5..=6).contains(&tries), "{tries} in the second hour");
    api.answers(Answer::Ok);
    writer.offer(desired("a", 2, None));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(writer.counts().written, 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_does_not_stop_the_others() {
    let (api, writer, _shutdown) = writer();
    api.answers(Answer::Never);
    for number in 0..8 {
        writer.offer(desired(&format!("stuck-{number}"), 1, None));
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(api.calls().len(), 8);
    api.answers(Answer::Ok);
    writer.offer(desired("a", 1, None));
    sleep(Duration::from_secs(11)).await;
    assert_eq!(api.statuses_of("a").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_objects_together_stay_below_the_rate_and_edits_overtake_the_rest() {
    let (api, writer, _shutdown) = writer();
    for number in 0..2_000 {
        writer.offer(desired(&format!("e{number}"), 1, None));
    }
    let start = Instant::now();
    sleep(Duration::from_secs(5)).await;
    // Somebody edits one that has a status.
    let before = Some(desired("edited", 1, None).body);
    writer.offer(desired("edited", 2, before));
    sleep(Duration::from_mins(2)).await;
    let calls = api.calls();
    assert_eq!(calls.len(), 2_001);
    for second in 0..40 {
        let within = calls.iter().filter(|call| call.at.duration_since(start).as_secs() == second).count();
        assert!(within <= if second == 0 { 151 } else { 51 }, "{within} in second {second}");
    }
    let edited = api.statuses_of("edited")[0].at.duration_since(start);
    assert!(edited < Duration::from_millis(5_500), "{edited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_new_object_waits_for_no_weather_and_an_edit_for_no_new_object() {
    let (api, writer, _shutdown) = writer();
    let with = |name: &str, status: &str| {
        let mut desired = desired(name, 1, None);
        let StatusBody::UrlEndpoint(body) = &mut desired.body else { panic!("it is one") };
        body.conditions = vec![condition("Programmed", status)];
        desired.body
    };
    // A pod goes silent, and every endpoint says so.
    for number in 0..3_000 {
        let name = format!("e{number}");
        let mut weather = desired(&name, 1, Some(with(&name, "True")));
        weather.body = with(&name, "Unknown");
        assert!(!weather.urgent);
        writer.offer(weather);
    }
    sleep(Duration::from_secs(10)).await;
    assert!(writer.counts().waiting > 2_000, "it is not over in a moment");
    for number in 0..500 {
        writer.offer(desired(&format!("new-{number}"), 1, None));
    }
    sleep(Duration::from_secs(1)).await;
    writer.offer(desired("edited", 2, Some(desired("edited", 1, None).body)));
    let offered = Instant::now();
    sleep(Duration::from_mins(3)).await;
    let written = |name: &str| api.statuses_of(name)[0].at;
    let edited = written("edited").duration_since(offered);
    assert!(edited < Duration::from_millis(100), "{edited:?}");
    let new = written("new-499").duration_since(offered);
    assert!(new < Duration::from_secs(10), "{new:?}");
    assert!(written("e2999") > written("new-499"));
    assert_eq!(api.calls().len(), 3_501);
}

#[tokio::test(start_paused = true)]
async fn an_edit_does_not_wait_for_what_follows_from_new_objects() {
    let (api, writer, _shutdown) = writer();
    for number in 0..1_000 {
        writer.offer(desired(&format!("new-{number}"), 1, None));
    }
    sleep(Duration::from_secs(25)).await;
    assert_eq!(writer.counts().waiting, 0);
    // Pods have loaded them, all at once.
    for number in 0..1_000 {
        let name = format!("new-{number}");
        let mut next = desired(&name, 1, Some(desired(&name, 1, None).body));
        let StatusBody::UrlEndpoint(body) = &mut next.body else { panic!("it is one") };
        body.conditions = vec![condition("Programmed", "True")];
        writer.offer(next);
    }
    sleep(Duration::from_secs(5)).await;
    writer.offer(desired("edited", 2, Some(desired("edited", 1, None).body)));
    let offered = Instant::now();
    sleep(Duration::from_mins(1)).await;
    let edited = api.statuses_of("edited")[0].at.duration_since(offered);
    assert!(edited < Duration::from_millis(100), "{edited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded_and_says_what_it_left_out() {
    let (api, writer, _shutdown) = writer();
    for number in 0..20_500 {
        writer.offer(desired(&format!("e{number}"), 1, None));
    }
    let counts = writer.counts();
    assert_eq!((counts.waiting, counts.dropped), (20_000, 500));
    sleep(Duration::from_mins(10)).await;
    assert_eq!(api.calls().len(), 20_000);
    writer.offer(desired("e20400", 1, None));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(api.calls().len(), 20_001, "what was left out is taken with the next offer");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_after_the_leadership_has_ended() {
    let mut leader = Leader::settled().await;
    let before = leader.api.calls().len();
    leader.shutdown.cancel();
    leader.scene.verdict = failing();
    leader.scene.snapshot.origins[0].metadata.generation = Some(2);
    leader.scene.publish();
    leader.lead(Duration::from_mins(5), |_| failing()).await;
    assert_eq!(leader.api.calls().len(), before);
}

#[tokio::test(start_paused = true)]
async fn events_tell_what_changed_of_which_object() {
    let mut leader = Leader::settled().await;
    leader.api.forget();
    leader.seen = 0;
    leader.lead(Duration::from_mins(1), |_| failing()).await;
    leader.lead(Duration::from_mins(1), |_| healthy()).await;
    let events = leader.api.events();
    let told: Vec<_> = events
        .iter()
        .map(|call| {
            let text = |field: &str| call.body[field].as_str().unwrap_or_default().to_owned();
            (text("type"), text("reason"), text("note"))
        })
        .collect();
    let row = |kind: &str, reason: &str, note: &str| (kind.to_owned(), reason.to_owned(), note.to_owned());
    assert_eq!(
        told,
        [
            row(
                "Warning",
                "EACCES_CredentialsInvalid",
                "S3 does not know the access key. 12 of 12 requests in the last 60 s failed on 3 of 3 pods"
            ),
            row("Normal", "Ready", "its files are delivered"),
        ]
    );
    let event = &events[0].body;
    assert_eq!(events[0].path, "/apis/events.k8s.io/v1/namespaces/shop/events");
    assert_eq!(event["reportingController"], "imgplane-operator");
    assert_eq!(event["reportingInstance"], "operator-0");
    assert_eq!(
        event["regarding"],
        json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin", "namespace": "shop", "name": "photos", "uid": "o-1",
        })
    );
    assert_eq!(leader.announcer.counts().announced, 5);
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_announces_nothing_that_was_announced() {
    let mut leader = Leader::settled().await;
    leader.scene.verdict = failing();
    leader.turn(Duration::from_secs(10)).await;
    leader.read_back();
    let (api, client) = Api::start();
    leader.announcer = Announcer::start(client.clone(), "operator-1", leader.shutdown.clone());
    leader.writer = StatusWriter::start(client, leader.shutdown.clone());
    leader.api = api;
    leader.seen = 0;
    leader.lead(HOUR, |_| failing()).await;
    assert_eq!(leader.api.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn events_that_wait_are_bounded() {
    let (api, client) = Api::start();
    api.answers(Answer::Never);
    let announcer = Announcer::start(client, "operator-0", CancellationToken::new());
    let mut scene = Scene::new(SHOP);
    let template = scene.status(Kind::Origin);
    let mut names = BTreeMap::new();
    for number in 0..1_500 {
        let name = format!("o{number}");
        let status =
            DesiredStatus { id: ObjectId::new("shop", &name), uid: name.clone(), ..template.clone() };
        announcer.offer(&status);
        names.insert(name, number);
    }
    assert_eq!(announcer.counts().dropped, 500);
}
