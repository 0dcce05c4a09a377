//! Results as Markdown.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use crate::round::Outcome;

/// Prints the table of one number of connections.
pub(crate) fn print(connections: u32, outcomes: &[Outcome]) {
    println!("### {connections} connections\n");
    println!(
        "| job | server | CPU-ms per request (min-max) | to ipx | requests/s | p50 ms | p99 ms | peak MiB (idle) | bytes | SSIMULACRA2 |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for outcome in outcomes {
        let ipx = outcome
            .servers
            .iter()
            .find(|measured| measured.server == "ipx")
            .map(|m| median(&m.bursts, |b| b.cpu_ms));
        for measured in &outcome.servers {
            let cpu = median(&measured.bursts, |burst| burst.cpu_ms);
            let low = measured.bursts.iter().map(|burst| burst.cpu_ms).fold(f64::INFINITY, f64::min);
            let high = measured.bursts.iter().map(|burst| burst.cpu_ms).fold(0.0, f64::max);
            let ratio = ipx.map_or_else(|| "-".to_owned(), |ipx| format!("{:.2}x", cpu / ipx));
            println!(
                "| {} | {} | {cpu:.1} ({low:.1}-{high:.1}) | {ratio} | {:.1} | {:.0} | {:.0} | {:.0} ({:.0}) | {:.0} | {:.1} |",
                outcome.job,
                measured.server,
                median(&measured.bursts, |burst| burst.per_second),
                median(&measured.bursts, |burst| burst.p50_ms),
                median(&measured.bursts, |burst| burst.p99_ms),
                measured.bursts.iter().map(|burst| burst.peak_mib).fold(0.0, f64::max),
                measured.idle_mib,
                measured.quality.bytes,
                measured.quality.score,
            );
            if let (Some(floor), "imgplane") = (outcome.floor_ms, measured.server.as_str()) {
                let over = (cpu / floor - 1.0) * 100.0;
                println!(
                    "| {} | (its engine alone) | {floor:.1}, server over it {over:+.0} % | | | | | | | |",
                    outcome.job
                );
            }
        }
    }
    println!();
}

/// The middle of a figure's values; of an even number the upper of the two.
pub(crate) fn median<T>(items: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = items.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert!((median(&[9.0, 1.0, 2.0], |value| *value) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0], |value| *value) - 4.0).abs() < f64::EPSILON);
        assert!(median::<f64>(&[], |value| *value).abs() < f64::EPSILON);
    }
}
