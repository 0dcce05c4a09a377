//! Results as Markdown.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use super::{
    file::BYTES,
    row::{Measured, Row},
    servers::NGINX,
};
use crate::table::median;

/// Prints what holds for all tables.
pub(super) fn heading(machine: &str, idle_mib: f64) {
    println!("{machine}");
    println!(
        "File: a JPEG of {BYTES} bytes. Memory of imgplane before the first request: {idle_mib:.0} MiB.\n"
    );
}

/// Prints the table of one number of connections; `measured` has the bursts of each row.
pub(super) fn print(connections: u32, rows: &[Row<'_>], measured: &[Vec<Measured>]) {
    println!("### {connections} connections, by origin\n");
    println!(
        "| server | origin | CPU-ms per request (min-max) | to nginx | requests/s | p50 ms | p99 ms | origin connections per 1,000 requests | peak MiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let cpu = |bursts: &[Measured]| median(bursts, |one| one.burst.cpu_ms);
    for (row, bursts) in rows.iter().zip(measured) {
        let beside = rows
            .iter()
            .zip(measured)
            .find(|(other, _)| other.server.name == NGINX && other.origin == row.beside)
            .map_or(f64::NAN, |(_, bursts)| cpu(bursts));
        let each = || bursts.iter().map(|one| one.burst.cpu_ms);
        println!(
            "| {} | {} | {:.3} ({:.3}-{:.3}) | {:.2}x | {:.0} | {:.2} | {:.2} | {:.1} | {:.0} |",
            row.server.name,
            row.origin,
            cpu(bursts),
            each().fold(f64::INFINITY, f64::min),
            each().fold(0.0, f64::max),
            cpu(bursts) / beside,
            median(bursts, |one| one.burst.per_second),
            median(bursts, |one| one.burst.p50_ms),
            median(bursts, |one| one.burst.p99_ms),
            median(bursts, |one| one.opened),
            bursts.iter().map(|one| one.burst.peak_mib).fold(0.0, f64::max),
        );
    }
    println!();
}
