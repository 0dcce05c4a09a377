//! How commands end: exit codes, the same for all of them, and what they print before.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, nothing wrong.
    Fine,
    /// 1: there are problems, or the URL is refused.
    Problems,
    /// 2: the command cannot be run as it was typed.
    Usage,
}

impl Exit {
    /// Says why the command cannot be run.
    pub(crate) fn usage(reason: &impl Display) -> Self {
        eprintln!("error: {reason}");
        Self::Usage
    }
}

/// Prints the result of a command. A reader that has seen enough, such as `head`, is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => Self::SUCCESS,
            Exit::Problems => Self::from(1),
            Exit::Usage => Self::from(2),
        }
    }
}
