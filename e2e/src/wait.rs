//! Conditions that are waited for, with a deadline and the seconds that they took.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// What a look at the world found.
#[derive(Debug)]
pub(crate) enum Look<T> {
    /// The condition holds.
    Done(T),
    /// It does not hold yet; the text says what is there instead.
    NotYet(String),
}

/// Looks every 100 ms until the condition holds. A look that fails counts as not yet.
pub(crate) fn until<T>(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> Result<Look<T>>,
) -> Result<(T, f64)> {
    let begun = Instant::now();
    loop {
        let instead = match look() {
            Ok(Look::Done(value)) => return Ok((value, begun.elapsed().as_secs_f64())),
            Ok(Look::NotYet(instead)) => instead,
            Err(error) => format!("{error:#}"),
        };
        if begun.elapsed() > deadline {
            bail!("waited {} s for {what}; instead: {instead}", deadline.as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until a look returns true; `instead` says what it saw otherwise.
pub(crate) fn until_true(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> Result<(bool, String)>,
) -> Result<f64> {
    let ((), seconds) = until(what, deadline, || {
        let (holds, instead) = look()?;
        Ok(if holds { Look::Done(()) } else { Look::NotYet(instead) })
    })?;
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_is_told_when_the_time_is_over() {
        let mut looks = 0;
        let outcome = until::<()>("a miracle", Duration::from_millis(150), || {
            looks += 1;
            if looks == 1 {
                bail!("no look")
            }
            Ok(Look::NotYet(format!("look {looks}")))
        });
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("a miracle") && text.contains(&format!("look {looks}")), "{text}");
        assert!(looks > 1);
    }

    #[test]
    fn a_look_that_fails_once_is_tried_again() {
        let mut looks = 0;
        let outcome = until("the second look", Duration::from_secs(30), || {
            looks += 1;
            if looks == 1 {
                bail!("not there")
            }
            Ok(Look::Done(looks))
        });
        assert_eq!(outcome.unwrap().0, 2);
    }
}
