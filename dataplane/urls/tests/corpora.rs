//! The judges of the fuzz targets on their seeds, which are made from the vectors, and on everything that was found.
//! `UPDATE=1` writes the seeds for `make fuzz`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "../fuzz/src/judge.rs"]
#[expect(unreachable_pub, reason = "it is a library of its own for the fuzzer")]
mod judge;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

type Judge = fn(&str);

const TARGETS: [(&str, Judge); 5] = [
    ("anatomy", judge::anatomy),
    ("grammar", judge::grammar),
    ("expressions", judge::expressions),
    ("signatures", judge::signatures),
    ("rewriters", judge::rewriters),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Texts by target.
fn seeds() -> BTreeMap<&'static str, Vec<String>> {
    let mut seeds: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder("tests/vectors")).unwrap() {
        let path = entry.unwrap().path();
        let is_rows = path.extension().is_some_and(|extension| extension == "json");
        let Some(rows) = is_rows.then(|| fs::read(&path).unwrap()) else { continue };
        let file: Value = serde_json::from_slice(&rows).unwrap();
        for row in file["rows"].as_array().into_iter().flatten() {
            let text = |field: &str| row[field].as_str().map(str::to_owned);
            if let Some(tr) = text("tr") {
                let values = tr.split([',', ':']).filter_map(|item| item.split_once('-'));
                let values = values.filter(|(key, value)| value.contains('_') || *key == "if");
                seeds.entry("expressions").or_default().extend(values.map(|(_, value)| value.to_owned()));
                seeds.entry("anatomy").or_default().push(format!("dir/a.jpg?tr={tr}"));
                seeds.entry("grammar").or_default().push(tr);
            }
            if let Some(path) = text("path") {
                seeds.entry("anatomy").or_default().push(path.trim_start_matches('/').to_owned());
            }
        }
    }
    let signed = fs::read(folder("tests/signatures/vectors.json")).unwrap();
    let signed: Value = serde_json::from_slice(&signed).unwrap();
    for vector in signed["vectors"].as_array().unwrap() {
        let url = vector["url"].as_str().unwrap();
        // Behind the host; without the account none of them is valid here.
        let rest = url.splitn(4, '/').nth(3).unwrap_or_default();
        seeds.entry("signatures").or_default().push(rest.to_owned());
    }
    let rewriters = [
        "image/upload/w_50,h_60,c_fill,g_north/v17/a/b.png",
        "q_auto:best,f_auto/e_blur:500/bo_5px_solid_rgb:B4F9/a.jpg",
        "l_text:Roboto_50_bold_left:Hi%252C%20you,co_red/fl_layer_apply,g_south_east,x_5/a.jpg",
        "l_logo:mark.png,w_20/a_-67/fl_layer_apply/t_thumb/b_blurred:100:10,c_pad,w_9,h_9/a.jpg",
        "a.jpg?w=100&h=80&fit=crop&crop=left,top&q=60&fm=jp2&bg=9B4F&orient=6",
        "a.jpg?ar=2:3&w=100&fit=max&usm=-50&usmrad=2&blur=90&sharp=10&con=30&trim=auto&auto=format",
        "a.jpg?imwidth=320&imheight=200&impolicy=x",
    ];
    seeds.entry("rewriters").or_default().extend(rewriters.map(str::to_owned));
    seeds
}

#[test]
fn every_seed_passes_its_judge() {
    let seeds = seeds();
    for (name, judge) in TARGETS {
        let texts = seeds.get(name).unwrap_or_else(|| panic!("no seeds for {name}"));
        assert!(texts.len() >= 7, "{name}: {}", texts.len());
        for text in texts {
            judge(text);
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        for (name, texts) in &seeds {
            let corpus = folder("fuzz/corpus").join(name);
            fs::create_dir_all(&corpus).unwrap();
            for (index, text) in texts.iter().enumerate() {
                fs::write(corpus.join(format!("seed-{index:03}")), text).unwrap();
            }
        }
    }
}

#[test]
fn whatever_was_found_stays_mended() {
    for (name, judge) in TARGETS {
        for entry in fs::read_dir(folder("fuzz/found").join(name)).into_iter().flatten() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            judge(&text);
        }
    }
}
