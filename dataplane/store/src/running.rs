//! Work that leaves the process, and how long it may take.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::trouble::Trouble;

/// Does work for so long. What cannot be given up, because a thread hangs with the disk, goes on behind the back of the
/// caller and keeps its turn until it ends: so few threads hang, however long the disk does.
pub(crate) async fn within<T: Send + 'static>(
    limit: Duration,
    can_be_given_up: bool,
    turn: impl Send + 'static,
    work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    let handle = tokio::spawn(async move {
        let outcome = work.await;
        drop(turn);
        outcome
    });
    let mut task = Task { handle, can_be_given_up };
    match tokio::time::timeout(limit, &mut task.handle).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => Err(Trouble::Failed(error.to_string())),
        Err(_) => Err(Trouble::Late(limit)),
    }
}

/// Work that ends with whoever waits for it, if it can.
struct Task<T> {
    handle: JoinHandle<T>,
    can_be_given_up: bool,
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if self.can_be_given_up {
            self.handle.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn late_work_is_given_up_with_its_turn_or_keeps_it_until_it_ends() {
        for (can_be_given_up, free) in [(true, 1), (false, 0)] {
            let turns = Arc::new(Semaphore::new(1));
            let turn = Arc::clone(&turns).try_acquire_owned().unwrap();
            let work = async {
                tokio::time::sleep(LIMIT * 3).await;
                Ok(())
            };
            assert_eq!(within(LIMIT, can_be_given_up, turn, work).await, Err(Trouble::Late(LIMIT)));
            tokio::task::yield_now().await;
            assert_eq!(turns.available_permits(), free, "{can_be_given_up}");
            tokio::time::sleep(LIMIT * 3).await;
            assert_eq!(turns.available_permits(), 1);
        }
    }
}
