//! What is printed: every step with its time, and the message that a status would show.

use std::fmt;

use imgplane_config::{
    ObjectId,
    report::{ProbeOutcome, ProbeStep},
};
use imgplane_dataplane::Diagnosis;
use serde::Serialize;

/// The answer, for people and for programs.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    origin: String,
    #[serde(rename = "type")]
    kind: &'a str,
    /// `Reachable`, `Unknown` or `Failed`.
    verdict: &'static str,
    code: Option<&'a str>,
    reason: Option<&'a str>,
    message: Option<&'a str>,
    remedy: Option<&'a str>,
    steps: &'a [ProbeStep],
    pods: Option<&'a str>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(origin: &ObjectId, diagnosis: &'a Diagnosis, pods: Option<&'a str>) -> Self {
        let mut answer = Self {
            origin: origin.to_string(),
            kind: diagnosis.kind,
            verdict: "Reachable",
            code: None,
            reason: None,
            message: None,
            remedy: None,
            steps: &diagnosis.steps,
            pods,
        };
        match &diagnosis.outcome {
            ProbeOutcome::Reachable => {}
            ProbeOutcome::Unknown { message } => {
                answer.verdict = "Unknown";
                answer.message = Some(message);
            }
            ProbeOutcome::Failed(sample) => {
                answer.verdict = "Failed";
                answer.code = Some(&sample.code);
                answer.reason = Some(&sample.reason);
                answer.message = Some(&sample.message);
                answer.remedy = Some(&sample.remedy);
            }
        }
        answer
    }

    pub(super) fn is_fine(&self) -> bool {
        self.verdict == "Reachable"
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Origin {} ({}), tried from this machine:\n", self.origin, self.kind)?;
        for ProbeStep { name, ok, millis, detail } in self.steps {
            let mark = if *ok { "ok" } else { "FAILED" };
            // What failed is told below in full.
            let detail = if *ok { detail.as_str() } else { "" };
            writeln!(f, "{}", format!("  {name:<12}  {millis:>6} ms  {mark:<6}  {detail}").trim_end())?;
        }
        writeln!(f)?;
        match (self.code, self.reason, self.message, self.remedy) {
            (Some(code), Some(reason), Some(message), Some(remedy)) => {
                writeln!(f, "{code}_{reason}: {message}. {remedy}.")?;
            }
            (_, _, Some(message), _) => writeln!(f, "It cannot be told: {message}.")?,
            _ => writeln!(f, "It can be reached.")?,
        }
        match self.pods {
            Some(pods) => writeln!(f, "\nWhat the cluster's pods say: {pods}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use imgplane_config::report::ErrorSample;

    use super::*;

    fn step(name: &str, ok: bool, millis: u64, detail: &str) -> ProbeStep {
        ProbeStep { name: name.to_owned(), ok, millis, detail: detail.to_owned() }
    }

    #[test]
    fn steps_stand_in_a_table_and_the_message_below_it() {
        let diagnosis = Diagnosis {
            kind: "S3",
            outcome: ProbeOutcome::Failed(ErrorSample {
                code: "ECONNREFUSED".to_owned(),
                reason: "Refused".to_owned(),
                ambiguous: false,
                message: "10.0.0.1:80: nothing accepts connections there".to_owned(),
                remedy: "Check that the server runs".to_owned(),
                http_status: None,
                provider_code: None,
                sample_path: String::new(),
                first_seen: 0,
                last_seen: 0,
                count: 1,
            }),
            steps: vec![step("resolve", true, 12, "10.0.0.1"), step("connect", false, 3, "no")],
        };
        let answer = Answer::new(&ObjectId::new("shop", "photos"), &diagnosis, Some("all fine"));
        assert_eq!(
            answer.to_string(),
            "Origin shop/photos (S3), tried from this machine:\n\n  resolve           12 ms  ok      10.0.0.1\n  \
             connect            3 ms  FAILED\n\nECONNREFUSED_Refused: 10.0.0.1:80: nothing accepts connections there. \
             Check that the server runs.\n\nWhat the cluster's pods say: all fine\n"
        );
        assert!(!answer.is_fine());
    }
}
