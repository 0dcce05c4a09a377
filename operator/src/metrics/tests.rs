//! Every metric appears under its name, and counts what its help says.

use super::*;

#[test]
fn every_metric_is_written_with_its_help() {
    let metrics = Metrics::new();
    metrics.leads(true);
    metrics.reconciled(Duration::from_millis(3));
    metrics.applied(&Ok(Applied { written: 2, unchanged: 1, pruned: 0 }));
    metrics.statuses(StatusOutcome::HeldBack, 2);
    metrics.events(EventOutcome::Published, 1);
    metrics.scraped(&Scraped {
        pod: ObjectId::new("shop", "pod-1"),
        uid: "uid-1".to_owned(),
        data_plane: ObjectId::new("shop", "web"),
        report: Err(ScrapeError::NoAddress),
        took: Duration::from_millis(5),
    });
    metrics.nudged(3, 0);
    metrics.probed(true);
    metrics.watch_errors(4);
    metrics.watch_errors(4);
    metrics.programmed(Duration::from_millis(700));
    metrics.objects(Kind::Origin, Readiness { ready: 3, failed: 1, pending: 0 });
    let text = metrics.text().unwrap();
    for expected in [
        "# HELP imgplane_operator_leader 1 on the replica that leads, 0 on the others.",
        "imgplane_operator_leader 1",
        r#"imgplane_operator_reconcile_seconds_bucket{le="0.004"} 1"#,
        r#"imgplane_operator_applies_total{outcome="written"} 2"#,
        r#"imgplane_operator_status_writes_total{outcome="held_back"} 2"#,
        r#"imgplane_operator_events_total{outcome="published"} 1"#,
        r#"imgplane_operator_nudges_total{outcome="patched"} 3"#,
        r#"imgplane_operator_probes_total{outcome="answered"} 1"#,
        "imgplane_operator_watch_errors_total 4",
        r#"imgplane_operator_programmed_seconds_bucket{le="1.0"} 1"#,
        r#"imgplane_operator_objects{kind="Origin",ready="True"} 3"#,
        r#"imgplane_operator_objects{kind="Origin",ready="Unknown"} 0"#,
        "# HELP imgplane_operator_scrape_seconds Time of asking a pod what it runs, by outcome.",
        "# EOF",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

#[test]
fn who_does_not_lead_any_more_tells_of_no_object_and_no_pod() {
    let metrics = Metrics::new();
    let web = ObjectId::new("shop", "web");
    let tell = || {
        metrics.leads(true);
        metrics.objects(Kind::Origin, Readiness { ready: 3, failed: 1, pending: 0 });
        metrics.pods([(&web, Pods { ready: 3, programmed: 2 })]);
        metrics.purges([(&web, Some(PurgeCounts { waiting: 1, listed: 2, completed: 3 }))]);
        metrics.statuses(StatusOutcome::Written, 1);
    };
    let told = |text: &str| text.contains("operator_objects{") && text.contains("operator_pods_ready{");
    tell();
    assert!(told(&metrics.text().unwrap()));
    metrics.leads(false);
    let text = metrics.text().unwrap();
    for gone in ["operator_objects{", "operator_pods_ready{", "operator_pods_programmed{", "operator_purges{"]
    {
        assert!(!text.contains(gone), "{gone} is still there:\n{text}");
    }
    assert!(text.contains("imgplane_operator_leader 0"), "{text}");
    assert!(text.contains(r#"imgplane_operator_status_writes_total{outcome="written"} 1"#), "{text}");
    tell();
    assert!(told(&metrics.text().unwrap()), "it leads again");
}

#[test]
fn a_deleted_data_plane_has_no_series_any_more() {
    let metrics = Metrics::new();
    let (a, b) = (ObjectId::new("shop", "a"), ObjectId::new("shop", "b"));
    let pods = Pods { ready: 3, programmed: 2 };
    metrics.pods([(&a, pods), (&b, pods)]);
    let counts = PurgeCounts { waiting: 1, listed: 2, completed: 3 };
    metrics.purges([(&a, Some(counts)), (&b, Some(counts))]);
    for (state, count) in [("waiting", 1), ("listed", 2), ("completed", 3)] {
        let series = format!(r#"imgplane_operator_purges{{dataplane="shop/b",state="{state}"}} {count}"#);
        assert!(metrics.text().unwrap().contains(&series), "{series}");
    }
    metrics.pods([(&b, Pods { ready: 3, programmed: 3 })]);
    let text = metrics.text().unwrap();
    assert!(text.contains(r#"imgplane_operator_pods_programmed{dataplane="shop/b"} 3"#), "{text}");
    assert!(!text.contains("shop/a"), "{text}");
    metrics.purges([(&b, None)]);
    assert!(!metrics.text().unwrap().contains("operator_purges{"), "it keeps nothing any more");
}
