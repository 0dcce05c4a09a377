//! Purges on their way from pods that were asked for them to the config of all pods.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::{pool::Pool, thoughts::Thoughts};
use crate::{
    acknowledge::{AdminToken, Scraped},
    metrics::Metrics,
    watch::PodView,
};

impl Thoughts {
    /// Whether pods of any DataPlane keep results.
    pub(super) fn keeps(&self) -> bool {
        self.pools.values().any(Pool::keeps)
    }

    /// The pods that may have been asked to purge something, with the token that they want. Those that leave serve a
    /// little longer, and what they were asked before must not be lost with them.
    pub(super) fn keepers(&self) -> Vec<(PodView, AdminToken)> {
        let pods = self.observed.pods.iter().filter(|pod| pod.ready || pod.terminating);
        pods.filter_map(|pod| {
            let pool = self.pools.get(&pod.data_plane).filter(|pool| pool.keeps())?;
            Some((pod.clone(), pool.token.clone()?))
        })
        .collect()
    }

    /// Takes in what these pods say. What one that does not answer means is left to the looks at all pods, unless it
    /// leaves.
    pub(super) fn hear_keepers(&mut self, look: Vec<Scraped>, now: Instant, metrics: &Metrics) {
        let leaving: BTreeSet<String> = {
            let pods = self.observed.pods.iter().filter(|pod| pod.terminating);
            pods.map(|pod| pod.uid.clone()).collect()
        };
        for scraped in look {
            if scraped.report.is_err() {
                if leaving.contains(&scraped.uid) {
                    self.hear(scraped, now);
                }
            } else if let Some(pool) = self.pools.get_mut(&scraped.data_plane) {
                pool.glance(scraped, now);
            }
        }
        self.purge(now, metrics);
    }

    /// Lists what pods were asked to purge, and notes what all have purged. A pod that leaves counts as long as it is ready
    /// or answers, because it serves so long: it loads no config any more, so a purge waits for its end.
    pub(super) fn purge(&mut self, now: Instant, metrics: &Metrics) {
        let pods = &self.observed.pods;
        let counts = self.pools.iter_mut().map(|(id, pool)| {
            let serving: Vec<_> =
                pods.iter().filter(|pod| pod.data_plane == *id && (pod.ready || pool.lingers(pod))).collect();
            self.unplanned |= pool.purge(&serving, now);
            (id, pool.purge_counts(&serving))
        });
        metrics.purges(counts);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use imgplane_config::{
        Bundle, Cache, DataPlaneConfig, EndpointConfig, FileSet, ObjectId, PurgeRequest, Record, StoreConfig,
        StoreKind, Stores, report::Report,
    };

    use super::{
        super::plan::{Packed, Plan},
        *,
    };
    use crate::{acknowledge::ScrapeError, apply::Owner, render::with_purges};

    fn plane() -> ObjectId {
        ObjectId::new("imgplane-system", "default")
    }

    /// Has the pool's list written as it is now.
    fn publish(pool: &mut Pool) -> Packed {
        publish_with(pool, Stores::default())
    }

    fn publish_with(pool: &mut Pool, stores: Stores) -> Packed {
        let cache = Cache { memory: 1 << 20, disk: None };
        publish_config(pool, DataPlaneConfig { cache, stores, ..DataPlaneConfig::default() })
    }

    fn publish_config(pool: &mut Pool, data_plane: DataPlaneConfig) -> Packed {
        let endpoint = EndpointConfig::new("shop");
        let bundle = Bundle {
            data_plane: Record::new(plane(), 1, data_plane).unwrap(),
            endpoints: vec![Record::new(ObjectId::new("shop", "main"), 1, endpoint).unwrap()],
            origins: vec![],
            credentials: vec![],
            signing_keys: vec![],
        };
        let bundle = with_purges(bundle, &pool.purges).unwrap();
        let files = FileSet::write(&bundle).unwrap();
        let hash = files.hash().unwrap();
        let packed = Packed { bundle: Arc::new(bundle), files: Arc::new(files), hash };
        let owner = Owner { id: plane(), uid: "d-1".to_owned() };
        pool.publish(&Plan { owner, packed: packed.clone(), objects: vec![] }, Instant::now());
        packed
    }

    fn pod(name: &str) -> PodView {
        PodView {
            id: ObjectId::new("imgplane-system", name),
            uid: name.to_owned(),
            data_plane: plane(),
            ip: None,
            ready: true,
            terminating: false,
            admin_port: 8081,
            nudged: None,
            image: None,
            waiting: None,
        }
    }

    /// The pod runs this config, and was asked to purge these ids.
    fn says(pool: &mut Pool, pod: &PodView, config: &Packed, asked: &[&str]) {
        pool.hear(scraped(pod, config, asked, None), Instant::now());
    }

    fn said(pod: &PodView, config: &Packed, asked: &[&str]) -> Scraped {
        scraped(pod, config, asked, None)
    }

    /// What [`says`] tells, with how far the store that it shares has come.
    fn scraped(pod: &PodView, config: &Packed, asked: &[&str], store_purged: Option<u64>) -> Scraped {
        let request = |id: &&str| PurgeRequest {
            id: (*id).to_owned(),
            endpoint: ObjectId::new("shop", if *id == "of nobody" { "gone" } else { "main" }),
            url: "a.jpg*".to_owned(),
            resource: false,
            time: 7,
        };
        let report = Report {
            schema_version: 1,
            version: "v".to_owned(),
            config_hash: Some(config.hash.clone()),
            config_error: None,
            settled: true,
            tls_error: None,
            records: vec![],
            origins: vec![],
            purges: asked.iter().map(request).collect(),
            cache_error: None,
            store_error: None,
            store_purged,
        };
        Scraped {
            pod: pod.id.clone(),
            uid: pod.uid.clone(),
            data_plane: plane(),
            report: Ok(report),
            took: Duration::ZERO,
        }
    }

    fn silence(pod: &PodView) -> Scraped {
        let report = Err(ScrapeError::NoAddress);
        Scraped {
            pod: pod.id.clone(),
            uid: pod.uid.clone(),
            data_plane: plane(),
            report,
            took: Duration::ZERO,
        }
    }

    fn numbers(pool: &Pool) -> Vec<(u64, &str)> {
        let records = &pool.purges.records;
        records.iter().map(|purge| (purge.number, purge.request.id.as_str())).collect()
    }

    #[test]
    fn what_pods_were_asked_for_is_listed_together_and_completed_once_all_of_them_run_it() {
        let now = Instant::now();
        let mut pool = Pool::resume(None);
        pool.purges.begin(1_000);
        let before = publish(&mut pool);
        let (p, q) = (pod("p"), pod("q"));
        says(&mut pool, &p, &before, &["a"]);
        says(&mut pool, &q, &before, &["b", "of nobody"]);
        assert!(pool.purge(&[&p, &q], now));
        assert_eq!(numbers(&pool), [(1_000, "a"), (1_001, "b")]);
        assert!(!pool.purge(&[&p, &q], now), "they are listed already");

        let listed = publish(&mut pool);
        says(&mut pool, &p, &listed, &["c"]);
        assert!(
            !pool.purge(&[&p, &q], now),
            "one pod does not run it yet, and c waits for what comes with it"
        );
        says(&mut pool, &q, &listed, &[]);
        assert!(pool.purge(&[&p, &q], now));
        assert_eq!(pool.purges.completed, 1_001);
        assert!(!pool.purge(&[&p, &q], now));
        let later = now + Duration::from_secs(2);
        assert!(pool.purge(&[&p, &q], later));
        assert_eq!(numbers(&pool)[2..], [(1_002, "c")]);
        assert!(!pool.purge(&[], later), "without a pod nothing is acknowledged");
    }

    #[test]
    fn a_purge_is_completed_once_the_store_that_pods_share_knows_it() {
        let now = Instant::now();
        let shared = || Stores {
            shared: Some(StoreConfig { kind: StoreKind::Volume, secret_name: None }),
            originals: None,
        };
        let mut pool = Pool::resume(None);
        pool.purges.begin(1_000);
        let before = publish_with(&mut pool, shared());
        let (p, q) = (pod("p"), pod("q"));
        says(&mut pool, &p, &before, &["a"]);
        assert!(pool.purge(&[&p, &q], now));
        let listed = publish_with(&mut pool, shared());
        for (of_p, of_q, completed) in [
            (None, None, false),
            (Some(999), Some(1_000), false),
            (Some(1_000), None, false),
            (Some(1_000), Some(1_000), true),
        ] {
            pool.hear(scraped(&p, &listed, &[], of_p), now);
            pool.hear(scraped(&q, &listed, &[], of_q), now);
            assert_eq!(pool.purge(&[&p, &q], now), completed, "{of_p:?} {of_q:?}");
        }
        assert_eq!(pool.purges.completed, 1_000);
    }

    #[test]
    fn pods_keep_something_where_they_share_a_store_alone() {
        let mut pool = Pool::default();
        assert!(!pool.keeps());
        let stores = Stores {
            shared: None,
            originals: Some(StoreConfig { kind: StoreKind::Volume, secret_name: None }),
        };
        let data_plane = DataPlaneConfig { stores, ..DataPlaneConfig::default() };
        publish_config(&mut pool, data_plane);
        assert!(pool.keeps());
    }

    #[test]
    fn a_glance_leaves_what_a_pod_said_of_its_origins() {
        let now = Instant::now();
        let mut pool = Pool::resume(None);
        let config = publish(&mut pool);
        let p = pod("p");
        let mut whole = scraped(&p, &config, &[], None);
        let health = serde_json::json!({
            "id": { "namespace": "shop", "name": "photos" }, "requests": 3, "successes": 3, "errors": [],
        });
        whole.report.as_mut().unwrap().origins = vec![serde_json::from_value(health).unwrap()];
        pool.hear(whole, now);
        pool.glance(scraped(&p, &config, &["a"], None), now);
        let report = pool.report(&p).unwrap();
        assert_eq!((report.origins.len(), report.purges.len()), (1, 1));
        pool.hear(scraped(&p, &config, &[], None), now);
        assert_eq!(pool.report(&p).unwrap().origins, []);
    }

    #[test]
    fn a_new_leader_goes_on_numbering_where_the_last_one_stopped() {
        let now = Instant::now();
        let p = pod("p");
        let mut first = Pool::resume(None);
        first.purges.begin(1_000);
        let config = publish(&mut first);
        says(&mut first, &p, &config, &["a"]);
        assert!(first.purge(&[&p], now));
        let files = (*publish(&mut first).files).clone();

        let mut second = Pool::resume(Some(files.clone()));
        second.purges.begin(9_000);
        assert_eq!(second.purges, first.purges);
        let config = publish(&mut second);
        says(&mut second, &p, &config, &["b"]);
        assert!(second.purge(&[&p], now), "a is completed, and b listed");
        assert_eq!(numbers(&second), [(1_000, "a"), (1_001, "b")]);
        assert_eq!(second.purges.completed, 1_000);

        let mut broken = files;
        broken.config.retain(|name, _| name == "index.json");
        let mut third = Pool::resume(Some(broken));
        third.purges.begin(9_000);
        assert_eq!(third.purges.dropped, 8_999, "what was kept before counts as purged");
    }

    #[test]
    fn what_a_pod_was_asked_before_it_left_is_listed_and_completed_when_it_has_left() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3);
        let metrics = Metrics::new();
        let mut pool = Pool::resume(None);
        pool.token = AdminToken::parse(b"secret").ok();
        pool.purges.begin(1_000);
        let before = publish(&mut pool);
        let stays = pod("stays");
        let leaves = PodView { ready: false, terminating: true, ..pod("leaves") };
        let mut thoughts = Thoughts::default();
        thoughts.observed.pods.extend([stays.clone(), leaves.clone()]);
        thoughts.pools.insert(plane(), pool);
        let asked = |pods: Vec<(PodView, AdminToken)>| -> Vec<String> {
            pods.into_iter().map(|(pod, _)| pod.uid).collect()
        };
        assert_eq!(asked(thoughts.keepers()), ["stays", "leaves"]);
        assert_eq!(asked(thoughts.to_be_asked()), ["stays", "leaves"]);

        thoughts.hear_keepers(
            vec![said(&stays, &before, &[]), said(&leaves, &before, &["a"])],
            now,
            &metrics,
        );
        assert_eq!(numbers(&thoughts.pools[&plane()]), [(1_000, "a")]);
        let listed = publish(thoughts.pools.get_mut(&plane()).unwrap());
        let completed = |thoughts: &Thoughts| thoughts.pools[&plane()].purges.completed;
        // It has the old config, and serves from it.
        thoughts.hear_keepers(
            vec![said(&stays, &listed, &[]), said(&leaves, &before, &["a"])],
            later,
            &metrics,
        );
        assert_eq!(completed(&thoughts), 0);
        let text = metrics.text().unwrap();
        assert!(text.contains(r#"state="listed"} 1"#) && text.contains(r#"state="waiting"} 0"#), "{text}");
        thoughts.hear_keepers(vec![said(&stays, &listed, &[]), silence(&leaves)], later, &metrics);
        assert_eq!(completed(&thoughts), 1_000);
        assert_eq!(asked(thoughts.to_be_asked()), ["stays"]);
    }
}
