//! The steps of a probe: what was done, in order, how long each took, and what it found.

use std::time::Duration;

use imgplane_config::report::ProbeStep;
use tokio::time::Instant;

/// A step on the way to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// From the host name to addresses.
    Resolve,
    /// Whether these addresses may be connected to.
    Guard,
    /// The connection.
    Connect,
    /// Its encryption.
    Tls,
    /// Whether the origin takes our credentials.
    Authenticate,
    /// The file.
    Read,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Guard => "guard",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Authenticate => "authenticate",
            Self::Read => "read",
        }
    }
}

/// Whoever is told of steps. Requests of clients tell nobody.
pub(crate) trait Notes: Send {
    /// A step begins.
    fn begin(&mut self, step: Step);
    /// The step that began last is passed. `detail` is only asked for where it is kept.
    fn passed(&mut self, detail: impl FnOnce() -> String);
}

impl Notes for () {
    fn begin(&mut self, _: Step) {}
    fn passed(&mut self, _: impl FnOnce() -> String) {}
}

/// Keeps the steps of one probe.
#[derive(Debug)]
pub(crate) struct Steps {
    done: Vec<ProbeStep>,
    running: Option<(Step, Instant)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { done: Vec::new(), running: None }
    }

    /// The step that began last failed; `otherwise` where none runs.
    pub(crate) fn failed(&mut self, otherwise: Step, detail: &str) {
        let (step, took) = match self.running.take() {
            Some((step, began)) => (step, began.elapsed()),
            None => (otherwise, Duration::ZERO),
        };
        self.push(step, took, false, detail.to_owned());
    }

    /// What runs is the step before after all: its answer came only now.
    pub(crate) fn reopen(&mut self, step: Step) {
        self.done.pop_if(|last| last.name == step.as_str());
        if let Some((running, _)) = &mut self.running {
            *running = step;
        }
    }

    pub(crate) fn into_done(self) -> Vec<ProbeStep> {
        self.done
    }

    fn push(&mut self, step: Step, took: Duration, ok: bool, detail: String) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.done.push(ProbeStep { name: step.as_str().to_owned(), ok, millis, detail });
    }
}

impl Notes for Steps {
    fn begin(&mut self, step: Step) {
        self.running = Some((step, Instant::now()));
    }

    fn passed(&mut self, detail: impl FnOnce() -> String) {
        if let Some((step, began)) = self.running.take() {
            self.push(step, began.elapsed(), true, detail());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(steps: Steps) -> Vec<(String, bool, u64, String)> {
        steps.into_done().into_iter().map(|step| (step.name, step.ok, step.millis, step.detail)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_takes_from_its_begin_to_its_end_and_the_last_may_fail() {
        let mut steps = Steps::new();
        steps.begin(Step::Resolve);
        tokio::time::advance(Duration::from_millis(7)).await;
        steps.passed(|| "10.0.0.1".to_owned());
        steps.begin(Step::Connect);
        tokio::time::advance(Duration::from_millis(3)).await;
        steps.failed(Step::Read, "refused");
        assert_eq!(
            seen(steps),
            [
                ("resolve".to_owned(), true, 7, "10.0.0.1".to_owned()),
                ("connect".to_owned(), false, 3, "refused".to_owned()),
            ]
        );
    }

    #[tokio::test]
    async fn a_step_whose_answer_came_later_stands_once() {
        let mut steps = Steps::new();
        steps.begin(Step::Authenticate);
        steps.passed(|| "signed".to_owned());
        steps.begin(Step::Read);
        steps.reopen(Step::Authenticate);
        steps.failed(Step::Read, "wrong key");
        assert_eq!(seen(steps), [("authenticate".to_owned(), false, 0, "wrong key".to_owned())]);
    }

    #[tokio::test]
    async fn a_failure_between_steps_has_the_name_that_fits() {
        let mut steps = Steps::new();
        steps.failed(Step::Read, "gone");
        assert_eq!(seen(steps), [("read".to_owned(), false, 0, "gone".to_owned())]);
    }
}
