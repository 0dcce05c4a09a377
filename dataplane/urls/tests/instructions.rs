//! What a string costs in time grows no faster than the string. Instructions are counted by valgrind, so that a busy
//! machine changes nothing: the test runs itself under it, once for each string and length.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "hostile/strings.rs"]
mod strings;

use std::{env, process::Command, sync::Mutex, thread};

use strings::{HOSTILE, LONG, SHORT, string, work};

/// Tells the inner run which string to read, `INDEX:LENGTH`.
const STRING: &str = "IMGPLANE_HOSTILE_STRING";
/// Most instructions for each byte of a string; the worst of them takes about a third.
const MOST_PER_BYTE: u64 = 12_000;

#[test]
fn instructions_grow_no_faster_than_the_string() {
    if let Ok(asked) = env::var(STRING) {
        let (index, length) = asked.split_once(':').unwrap();
        let hostile = HOSTILE[index.parse::<usize>().unwrap()];
        return counted(&string(hostile, length.parse().unwrap()));
    }
    let rows = Mutex::new(HOSTILE.iter().enumerate());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                loop {
                    let Some((index, hostile)) = rows.lock().unwrap().next() else { return };
                    let [short, long] = [SHORT, LONG].map(|length| instructions(index, length));
                    // Four times the string may take four times as much, and a little for what grows in powers of
                    // two. Quadratic would be sixteen times.
                    assert!(long <= 5 * short + 200_000, "{hostile:?}: {short} -> {long} instructions");
                    assert!(long <= MOST_PER_BYTE * LONG as u64, "{hostile:?}: {long} instructions");
                }
            });
        }
    });
}

/// The part whose instructions count.
#[inline(never)]
fn counted(string: &str) {
    work(string);
}

/// Instructions of [`counted`] for one of the strings.
fn instructions(index: usize, length: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted*"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "instructions_grow_no_faster_than_the_string"])
        .env(STRING, format!("{index}:{length}"))
        .output()
        .unwrap_or_else(|error| panic!("valgrind: {error}; `make test-deps` installs it"));
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match counted {
        Some(count) if count > 0 && output.status.success() => count,
        _ => panic!("valgrind counted nothing:\n{said}"),
    }
}
