//! Programs run with a deadline, and what they said.

use std::{
    io::{Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// What a program that has ended left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program to its end, with text on its standard input.
pub(crate) fn finish(command: &mut Command, input: Option<&str>, deadline: Duration) -> Result<Finished> {
    let name = format!("{command:?}").replace('"', "");
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
        // A program that does not read its input says itself why it ended.
        let _ = stdin.write_all(text.as_bytes());
    }
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = wait(&mut child, deadline).with_context(|| format!("{name} did not end in {deadline:?}"))?;
    Ok(Finished {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

/// Runs a program that must succeed, and returns what it printed.
pub(crate) fn succeed(command: &mut Command, input: Option<&str>, deadline: Duration) -> Result<String> {
    let finished = finish(command, input, deadline)?;
    if !finished.status.success() {
        let name = format!("{command:?}").replace('"', "");
        bail!("{name}: {}\n{}{}", finished.status, finished.stderr, finished.stdout);
    }
    Ok(finished.stdout)
}

/// Waits for a child, and ends it when it takes too long.
pub(crate) fn wait(child: &mut Child, deadline: Duration) -> Result<ExitStatus> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            bail!("it was ended");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_reads_and_prints_goes_through() {
        let text =
            succeed(Command::new("cat").arg("-"), Some("four words go through"), Duration::from_secs(10));
        assert_eq!(text.unwrap(), "four words go through");
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let failure =
            succeed(Command::new("sh").args(["-c", "echo wrong >&2; exit 3"]), None, Duration::from_secs(10));
        let text = failure.unwrap_err().to_string();
        assert!(text.contains("exit status: 3") && text.contains("wrong"), "{text}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let begun = Instant::now();
        let failure = succeed(Command::new("sleep").arg("60"), None, Duration::from_millis(100));
        assert!(format!("{:#}", failure.unwrap_err()).contains("did not end"));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
