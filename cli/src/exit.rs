//! Exit codes, the same for all commands.

use std::{fmt::Display, process::ExitCode};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => Self::SUCCESS,
            Exit::Problems => Self::from(1),
            Exit::Usage => Self::from(2),
        }
    }
}
