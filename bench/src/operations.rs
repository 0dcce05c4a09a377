//! What each operation costs: photographs of 12 megapixels made 800 pixels wide, with the operation and without it, one
//! request at a time.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use imgplane_tests::answer::{client, send};

use crate::{
    cores::Cores,
    drain::drained,
    load::Burst,
    peer::{Peer, Place},
    proc,
    sources::{Source, Sources},
    table::median,
};

/// A name, the string without the operation, the string with it.
type Row = (&'static str, &'static str, &'static str);

const ALONE: &str = "w-800";
const SQUARE: &str = "w-800,h-800";
const PADDED: &str = "w-800,h-800,cm-pad_resize,bg-F3F3F3";
const CLEAR: &str = "w-800:w-900,h-900,cm-pad_extract,bg-FFFFFF00";

const ROWS: &[Row] = &[
    ("blur, sigma 5", ALONE, "w-800,bl-5"),
    ("blur, sigma 40", ALONE, "w-800,bl-40"),
    ("sharpen", ALONE, "w-800,e-sharpen"),
    ("unsharp mask", ALONE, "w-800,e-usm-2-2-0.8-0.024"),
    ("contrast", ALONE, "w-800,e-contrast"),
    ("grayscale", ALONE, "w-800,e-grayscale"),
    ("colorize", ALONE, "w-800,e-colorize-co-1D3557_in-70"),
    ("recolour", ALONE, "w-800,cr-2A9D8F_50_E0340A"),
    ("opacity", ALONE, "w-800,o-50"),
    ("gradient", ALONE, "w-800,e-gradient-ld-45_from-E6394680_to-45769600"),
    ("shadow", CLEAR, "w-800:w-900,h-900,cm-pad_extract,bg-FFFFFF00:e-shadow-bl-10_st-60_x-4_y-6"),
    ("rotate by 33", ALONE, "w-800:rt-33"),
    ("rotate by 90", ALONE, "w-800:rt-90"),
    ("rounded corners", ALONE, "w-800,r-20"),
    ("border", ALONE, "w-800,b-10_FFD166"),
    ("perspective", ALONE, "w-800:e-distort-p-30_10_770_30_750_450_5_430"),
    ("arc", ALONE, "w-800:e-distort-a-120"),
    ("trim before", ALONE, "t-true:w-800"),
    ("trim after", ALONE, "w-800:t-true"),
    ("focus auto", SQUARE, "w-800,h-800,fo-auto"),
    ("pad, blurred", PADDED, "w-800,h-800,cm-pad_resize,bg-blurred"),
    ("pad, dominant", PADDED, "w-800,h-800,cm-pad_resize,bg-dominant"),
    ("pad, gradient", PADDED, "w-800,h-800,cm-pad_resize,bg-gradient_dominant_4"),
    ("text", ALONE, "w-800:l-text,i-Summer sale,fs-80,co-FFFFFF,l-end"),
    (
        "text, turned on a box",
        ALONE,
        "w-800:l-text,i-Summer sale,fs-80,co-FFFFFF,bg-E63946,pa-20,rt-N20,l-end",
    ),
    ("picture 200 wide", ALONE, "w-800:l-image,i-layer@@00.png,w-200,l-end"),
    ("picture over all", ALONE, "w-800:l-image,i-layer@@00.png,w-bw,h-bh,l-end"),
    ("multiply", ALONE, "w-800:l-image,i-layer@@00.png,w-bw,h-bh,lm-multiply,l-end"),
    ("displace", ALONE, "w-800:l-image,i-layer@@00.png,lm-displace,x-20,y-20,l-end"),
    ("cutout", ALONE, "w-800:l-image,i-layer@@00.png,w-400,h-400,lm-cutout,l-end"),
    ("cutter", ALONE, "w-800:l-image,i-layer@@00.png,w-400,h-400,lm-cutter,l-end"),
    ("block", ALONE, "w-800:l-image,i-ik_canvas,w-bw,h-bh,bg-00000060,l-end"),
];

/// What is measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) installed: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) only: String,
}

impl Plan {
    /// Measures in rounds over all strings, and prints.
    pub(crate) async fn run(&self) -> Result<()> {
        let rows: Vec<&Row> = ROWS.iter().filter(|row| row.0.contains(&self.only)).collect();
        ensure!(!rows.is_empty(), "no operation's name contains {:?}", self.only);
        let (machine, cores) = (proc::machine(), Cores::new(1)?);
        let sources = Sources::within(&self.installed);
        sources.prepare(&self.installed, &[Source::Photo, Source::Layer])?;
        cores.take()?;
        let folder = tempfile::tempdir()?;
        let place = Place { installed: &self.installed, sources: &sources, folder: folder.path(), cores };
        let peer = Peer::start("imgplane", place)?;
        let mut bursts: BTreeMap<&str, Vec<Burst>> = BTreeMap::new();
        for (_, without, with) in &rows {
            for string in [*without, *with] {
                bursts.entry(string).or_default();
            }
        }
        let time = Duration::from_secs(self.seconds);
        for round in 0..self.rounds {
            for (string, measured) in &mut bursts {
                let paths = paths(string, &sources)?;
                if round == 0 {
                    eprintln!("{string}");
                    ask(&peer, &paths).await?;
                }
                measured.push(drained(peer.target(), &paths, 1, time).await?);
            }
        }
        println!("{machine}\n");
        println!("| operation | string | CPU-ms (min-max) | without it | more | times | peak MiB |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        let cpu = |string: &str| {
            let bursts = bursts.get(string).map(Vec::as_slice).unwrap_or_default();
            median(bursts, |burst| burst.cpu_ms)
        };
        for (name, without, with) in rows {
            let (before, after) = (cpu(without), cpu(with));
            let measured = bursts.get(with).context("measured above")?;
            let low = measured.iter().map(|burst| burst.cpu_ms).fold(f64::INFINITY, f64::min);
            let high = measured.iter().map(|burst| burst.cpu_ms).fold(0.0, f64::max);
            let peak = measured.iter().map(|burst| burst.peak_mib).fold(0.0, f64::max);
            println!(
                "| {name} | `{with}` | {after:.1} ({low:.1}-{high:.1}) | {before:.1} | {:+.1} | {:.2}x | {peak:.0} |",
                after - before,
                after / before
            );
        }
        Ok(())
    }
}

fn paths(string: &str, sources: &Sources) -> Result<Arc<[String]>> {
    let string = string.replace(' ', "%20");
    let folder = Source::Photo.folder();
    let path = |file: &String| format!("/default/tr:{string},f-jpg,q-80/{folder}/{file}");
    Ok(sources.files(Source::Photo)?.iter().map(path).collect())
}

/// Once each: what is refused is no operation.
async fn ask(peer: &Peer, paths: &[String]) -> Result<()> {
    let client = client();
    for path in paths {
        let answer = send(client.get(format!("http://{}{path}", peer.address))).await;
        let error = answer.header("ik-error");
        ensure!(answer.status == 200 && error.is_empty(), "{path}: {} {error}", answer.status);
    }
    Ok(())
}
