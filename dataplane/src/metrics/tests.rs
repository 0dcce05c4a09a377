//! Every metric appears under its name, and means what its help says.

use super::*;

#[test]
fn every_metric_is_written_with_its_help() {
    let metrics = Metrics::new();
    let labels = ResponseLabels {
        endpoint: "shop/main".into(),
        status: 200,
        ik_error: "",
        format: "webp",
        cache: "miss",
    };
    metrics.responses.get_or_create(&labels).inc();
    metrics.queue.observe(in_seconds(Duration::from_millis(3)));
    let refused = RefusedLabels { endpoint: "shop/main".into(), reason: "full" };
    metrics.refused.get_or_create(&refused).inc();
    metrics.cpu.get_or_create(&EndpointLabel { endpoint: "shop/main".into() }).inc_by(0.5);
    let text = metrics.text().unwrap();
    for expected in [
        "# HELP imgplane_responses Delivery responses.",
        r#"imgplane_responses_total{endpoint="shop/main",status="200",ik_error="",format="webp",cache="miss"} 1"#,
        r#"imgplane_queue_seconds_bucket{le="0.004"} 1"#,
        "imgplane_merged_requests_total 0",
        r#"imgplane_queue_refused_total{endpoint="shop/main",reason="full"} 1"#,
        r#"imgplane_transformation_cpu_seconds_total{endpoint="shop/main"} 0.5"#,
        "# EOF",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}
