//! The client's pod: requests and loads from inside the cluster.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    cluster::{Cluster, PATIENCE},
    commands::wait,
    manifests,
    pod::{
        get::Answer,
        load::{Begun, Outcome},
    },
};

/// Namespace of the client.
pub(crate) const NAMESPACE: &str = "e2e-client";
/// The command line that reaches into the pod.
const EXEC: [&str; 7] = ["exec", "--namespace", NAMESPACE, "client", "--", "imgplane-e2e", ""];

/// Starts the client's pod, if it does not run.
pub(crate) fn start(cluster: &Cluster, image: &str, pull_policy: &str) -> Result<()> {
    cluster.namespace(NAMESPACE)?;
    cluster.apply(NAMESPACE, &manifests::pod("client", image, pull_policy, &["hold"]))?;
    cluster.wait_for(NAMESPACE, "pod/client", "Ready")
}

fn arguments<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = EXEC.to_vec();
    arguments.pop();
    arguments.push(command);
    arguments.extend_from_slice(rest);
    arguments
}

/// One request.
pub(crate) fn get(cluster: &Cluster, url: &str, flags: &[&str]) -> Result<Answer> {
    let arguments = arguments("get", &[&[url, "--json"], flags].concat());
    let text = cluster.kubectl_within(&arguments, PATIENCE)?;
    serde_json::from_str(&text).with_context(|| format!("the client printed {text:?}"))
}

/// Asks all of these at once until each answers with the status, and returns their answers.
pub(crate) fn get_all_until(cluster: &Cluster, urls: &[String], status: u16) -> Result<Vec<Answer>> {
    let status = status.to_string();
    let answers: Vec<Result<Answer>> = thread::scope(|scope| {
        let asked: Vec<_> = urls
            .iter()
            .map(|url| {
                let flags = ["--until", &status, "--within", "120"];
                scope.spawn(move || get(cluster, url, &flags))
            })
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the request panicked"))))
            .collect()
    });
    let answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
    for (url, answer) in urls.iter().zip(&answers) {
        ensure!(answer.status.map(|found| found.to_string()).as_ref() == Some(&status), "{url}: {answer:?}");
    }
    Ok(answers)
}

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Load {
    child: Child,
    /// Through which an open load is told to end.
    tell: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Load {
    /// Starts a load and returns when its first request was answered.
    pub(crate) fn start(cluster: &Cluster, url: &str, seconds: u64, flags: &[&str]) -> Result<Self> {
        let seconds = seconds.to_string();
        let arguments = arguments("load", &[&[url, "--seconds", &seconds], flags].concat());
        Self::begin(cluster, url, &arguments, Stdio::null())
    }

    /// Starts a load that [`Self::finish`] ends, and returns when its first request was answered.
    pub(crate) fn start_open(cluster: &Cluster, url: &str, longest: u64, flags: &[&str]) -> Result<Self> {
        let seconds = longest.to_string();
        let own = [url, "--seconds", &seconds, "--until-told"];
        let mut arguments = arguments("load", &[&own, flags].concat());
        arguments.insert(1, "--stdin");
        Self::begin(cluster, url, &arguments, Stdio::piped())
    }

    fn begin(cluster: &Cluster, url: &str, arguments: &[&str], stdin: Stdio) -> Result<Self> {
        let mut child = cluster
            .command(arguments)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("kubectl could not be started")?;
        let mut lines = BufReader::new(child.stdout.take().context("the load has an output")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        if serde_json::from_str::<Begun>(&line).is_err() {
            let mut why = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut why)?;
            }
            let _ = child.wait();
            anyhow::bail!("the load on {url} did not begin: {line}{why}");
        }
        let tell = child.stdin.take();
        Ok(Self { child, tell, lines })
    }

    /// Waits for its end, after telling it to end if it is an open one.
    pub(crate) fn finish(mut self) -> Result<Outcome> {
        if let Some(mut tell) = self.tell.take() {
            // A line and not only the end of the input, which kubectl does not hand on to every API server.
            tell.write_all(b"\n").context("the load has ended by itself")?;
        }
        let mut text = String::new();
        self.lines.read_to_string(&mut text)?;
        wait(&mut self.child, Duration::from_mins(1)).context("the load does not end")?;
        read_outcome(&text)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // The program in the pod ends by itself after its seconds.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The outcome that a load printed last.
pub(crate) fn read_outcome(text: &str) -> Result<Outcome> {
    let line = text
        .lines()
        .rfind(|line| line.contains("\"requests\""))
        .with_context(|| format!("the load printed {text:?}"))?;
    serde_json::from_str(line).with_context(|| format!("the load printed {line:?}"))
}
