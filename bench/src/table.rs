//! Results as Markdown.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use crate::{
    cores::Cores,
    peer::is_ours,
    round::{Measured, Outcome},
};

/// Prints the table of one number of connections.
pub(crate) fn print(cores: Cores, connections: u32, outcomes: &[Outcome]) {
    println!("### {cores}, {connections} connections\n");
    println!(
        "| job | server | CPU-ms per request (min-max) | to the best peer | to ipx | requests/s | p50 ms | p99 ms | peak MiB (idle) | bytes | SSIMULACRA2 | imgplane at its score |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for outcome in outcomes {
        for measured in &outcome.servers {
            println!("{}", row(outcome, measured));
            if measured.answered.label == "imgplane" && !outcome.floors.is_empty() {
                let floor = median(&outcome.floors, |floor| *floor);
                let over = (measured.cpu() / floor - 1.0) * 100.0;
                let job = outcome.job;
                println!(
                    "| {job} | (its engine alone) | {floor:.1}, server over it {over:+.0} % | | | | | | | | | |"
                );
            }
        }
    }
    println!();
}

fn row(outcome: &Outcome, measured: &Measured) -> String {
    let (cpu, bursts, answered) = (measured.cpu(), &measured.bursts, &measured.answered);
    let low = bursts.iter().map(|burst| burst.cpu_ms).fold(f64::INFINITY, f64::min);
    let high = bursts.iter().map(|burst| burst.cpu_ms).fold(0.0, f64::max);
    let ratio = |to: Option<f64>| to.map_or_else(|| "-".to_owned(), |to| format!("{:.2}x", cpu / to));
    let ipx = outcome.servers.iter().find(|other| other.answered.label == "ipx").map(Measured::cpu);
    let matched = answered.matched.map_or_else(String::new, |(number, bytes)| {
        format!("q-{number}, {:.2}x bytes", bytes / answered.quality.bytes)
    });
    format!(
        "| {} | {} | {cpu:.1} ({low:.1}-{high:.1}) | {} | {} | {:.1} | {:.0} | {:.0} | {:.0} ({:.0}) | {:.0} | {:.1} | {matched} |",
        outcome.job,
        answered.label,
        ratio(best_peer(outcome, answered.server.ends_with("-fast"))),
        ratio(ipx),
        median(bursts, |burst| burst.per_second),
        median(bursts, |burst| burst.p50_ms),
        median(bursts, |burst| burst.p99_ms),
        measured.peak(),
        measured.idle_mib,
        answered.quality.bytes,
        answered.quality.score,
    )
}

/// CPU of the peer that takes least: of all for a server with settings for speed, else of those without.
fn best_peer(outcome: &Outcome, fast: bool) -> Option<f64> {
    let peers = outcome.servers.iter().filter(|measured| !is_ours(&measured.answered.server));
    peers
        .filter(|measured| fast || !measured.answered.server.ends_with("-fast"))
        .map(Measured::cpu)
        .min_by(f64::total_cmp)
}

impl Measured {
    /// Median milliseconds of CPU per request.
    pub(crate) fn cpu(&self) -> f64 {
        median(&self.bursts, |burst| burst.cpu_ms)
    }

    /// Most memory of all bursts, in MiB.
    pub(crate) fn peak(&self) -> f64 {
        self.bursts.iter().map(|burst| burst.peak_mib).fold(0.0, f64::max)
    }
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
