//! What a table says of the goals: first in CPU, no more bytes at equal score, a third of the memory, a server that adds
//! less than a tenth to its engine. Each cell that misses a goal is named.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use crate::{
    peer::is_ours,
    round::{Answered, Measured, Outcome, counterpart},
    table::median,
};

/// Bytes that are the same as far as scores can tell.
const ALIKE: f64 = 1.005;
/// Goals.
const MEMORY: f64 = 1.0 / 3.0;
const OVER: f64 = 0.1;

/// Prints one line for each goal.
pub(crate) fn print(outcomes: &[Outcome]) {
    for (goal, judge) in GOALS {
        let cells: Vec<(&str, Option<Vec<String>>)> =
            outcomes.iter().map(|outcome| (outcome.job, judge(outcome))).collect();
        println!("{}", line(goal, &cells));
    }
    println!();
}

/// The ways in which a cell misses a goal; `None`: there is nothing to compare.
type Judge = fn(&Outcome) -> Option<Vec<String>>;

const GOALS: [(&str, Judge); 4] = [
    ("First in CPU-ms, at equal score where ours is lower", slower),
    ("No more bytes at equal score", larger),
    ("Peak memory at most a third of that of servers on libvips", memory),
    ("Server less than 10 % over its engine", over),
];

fn line(goal: &str, cells: &[(&str, Option<Vec<String>>)]) -> String {
    let judged: Vec<_> = cells.iter().filter_map(|(job, misses)| Some((job, misses.as_ref()?))).collect();
    let missed: Vec<String> = judged
        .iter()
        .filter(|(_, misses)| !misses.is_empty())
        .map(|(job, misses)| format!("{job} ({})", misses.join(", ")))
        .collect();
    let reached = judged.len() - missed.len();
    let but = if missed.is_empty() { String::new() } else { format!(" Not in: {}.", missed.join("; ")) };
    format!("- {goal}: {reached} of {} cells.{but}", judged.len())
}

/// Each other server with that of our rows that it is compared with: the one that scores as it does, where it scores higher.
fn pairs(outcome: &Outcome) -> Vec<(&Measured, &Measured)> {
    let answers: Vec<Answered> = outcome.servers.iter().map(|one| one.answered.clone()).collect();
    let others = outcome.servers.iter().filter(|one| !is_ours(&one.answered.server));
    others
        .filter_map(|other| {
            let mine = counterpart(&answers, &other.answered)?;
            let ours = |number: Option<u8>| {
                outcome
                    .servers
                    .iter()
                    .find(|one| one.answered.server == mine.server && one.answered.number == number)
            };
            let matched = other.answered.matched.map(|(number, _)| number);
            let same = matched.and_then(|number| ours(Some(number))).or_else(|| ours(None))?;
            Some((other, same))
        })
        .collect()
}

fn slower(outcome: &Outcome) -> Option<Vec<String>> {
    let pairs = pairs(outcome);
    let faster = pairs.iter().filter(|(other, mine)| other.cpu() < mine.cpu());
    let told = faster.map(|(other, mine)| {
        format!("{} {:.2}x of {}", other.answered.label, other.cpu() / mine.cpu(), mine.answered.label)
    });
    (!pairs.is_empty()).then(|| told.collect())
}

fn larger(outcome: &Outcome) -> Option<Vec<String>> {
    let pairs = pairs(outcome);
    let told = pairs.iter().filter_map(|(other, mine)| {
        let bytes = match other.answered.matched {
            Some((_, bytes)) => bytes,
            None if outcome.lossless => mine.answered.quality.bytes,
            None => return Some(format!("{}: its score is out of reach", other.answered.label)),
        };
        let ratio = bytes / other.answered.quality.bytes;
        (ratio > ALIKE).then(|| format!("{:.2}x of {}", ratio, other.answered.label))
    });
    (!pairs.is_empty()).then(|| told.collect())
}

fn memory(outcome: &Outcome) -> Option<Vec<String>> {
    let ours = outcome.servers.iter().find(|one| one.answered.label == "imgplane")?;
    let ipx = outcome.servers.iter().find(|one| one.answered.label == "ipx")?;
    let ratio = ours.peak() / ipx.peak();
    Some(if ratio > MEMORY { vec![format!("{ratio:.2}x of ipx")] } else { Vec::new() })
}

fn over(outcome: &Outcome) -> Option<Vec<String>> {
    let ours = outcome.servers.iter().find(|one| one.answered.label == "imgplane")?;
    let floor = Some(median(&outcome.floors, |floor| *floor)).filter(|_| !outcome.floors.is_empty())?;
    let over = ours.cpu() / floor - 1.0;
    Some(if over >= OVER { vec![format!("{:+.0} %", over * 100.0)] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{load::Burst, quality::Quality};

    fn server(label: &str, cpu_ms: f64, bytes: f64, matched: Option<(u8, f64)>) -> Measured {
        let (server, number) = match label.split_once(" q-") {
            Some((server, number)) => (server.to_owned(), number.parse().ok()),
            None => (label.to_owned(), None),
        };
        let quality = Quality { bytes, score: 80.0 };
        let burst =
            Burst { requests: 1.0, cpu_ms, per_second: 1.0, p50_ms: 1.0, p99_ms: 1.0, peak_mib: cpu_ms };
        let answered = Answered { label: label.to_owned(), server, number, quality, matched };
        Measured { answered, idle_mib: 1.0, bursts: vec![burst] }
    }

    fn outcome(servers: Vec<Measured>) -> Outcome {
        Outcome { job: "a job", lossless: false, floors: vec![9.0], servers }
    }

    #[test]
    fn a_cell_that_reaches_all_goals_is_not_named() {
        let one =
            outcome(vec![server("imgplane", 9.5, 100.0, None), server("ipx", 30.0, 100.0, Some((79, 99.0)))]);
        for (goal, judge) in GOALS {
            assert_eq!(judge(&one), Some(Vec::new()), "{goal}");
        }
        assert_eq!(line("All", &[("a job", Some(Vec::new())), ("another", None)]), "- All: 1 of 1 cells.");
    }

    #[test]
    fn a_faster_server_is_told_of_with_the_row_that_scores_as_it_does() {
        let one = outcome(vec![
            server("imgplane", 10.0, 100.0, None),
            server("ipx", 12.0, 100.0, Some((85, 120.0))),
            server("imgplane q-85", 15.0, 120.0, None),
        ]);
        assert_eq!(slower(&one), Some(vec!["ipx 0.80x of imgplane q-85".to_owned()]));
        assert_eq!(larger(&one), Some(vec!["1.20x of ipx".to_owned()]));
        assert_eq!(memory(&one), Some(vec!["0.83x of ipx".to_owned()]));
        assert_eq!(over(&one), Some(vec!["+11 %".to_owned()]));
    }

    #[test]
    fn settings_for_speed_are_compared_with_each_other() {
        let one = outcome(vec![
            server("imgplane", 10.0, 100.0, None),
            server("imgplane-fast", 5.0, 100.0, None),
            server("ipx-fast", 7.0, 100.0, Some((75, 100.0))),
        ]);
        assert_eq!(slower(&one), Some(Vec::new()));
        let alone = outcome(vec![server("ipx", 7.0, 100.0, None)]);
        assert_eq!((slower(&alone), memory(&alone)), (None, None), "nothing to compare");
    }
}
