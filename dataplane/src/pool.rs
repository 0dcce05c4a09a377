//! The threads that transform: each runs one job at a time, and none of them ever waits for the network.
//!
//! Admission decides how many jobs are handed in at once; the pool starts a thread when a job finds none idle, so
//! there are as many as were ever needed together. Threads are kept: a codec's warm allocations are worth more than
//! an idle stack.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

/// Stack of a worker in bytes. The codecs recurse little; only touched pages count as memory.
const STACK: usize = 2 << 20;

type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    idle: usize,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
}

impl Shared {
    /// A panic in a task is caught inside the task, so a poisoned lock holds a sound queue.
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pool. Dropping it lets its threads end when the tasks are done.
pub(crate) struct Pool(Arc<Shared>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// Makes a pool without threads.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared::default()))
    }

    /// Runs a task as soon as a thread is free, and starts one if none is.
    ///
    /// # Errors
    /// The system gives no more threads and there is none yet that could take the task; the task is dropped then.
    pub(crate) fn run(&self, task: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let mut queue = self.0.lock();
        queue.tasks.push_back(Box::new(task));
        if queue.tasks.len() <= queue.idle {
            self.0.ready.notify_one();
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        let thread = thread::Builder::new().name("pixels".to_owned()).stack_size(STACK);
        if let Err(error) = thread.spawn(move || work(&shared)) {
            queue.tasks.pop_back();
            return Err(error);
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.ready.notify_all();
    }
}

fn work(shared: &Shared) {
    let mut queue = shared.lock();
    loop {
        if let Some(task) = queue.tasks.pop_front() {
            drop(queue);
            // Tasks catch their own panics to answer their request; this one keeps the thread whatever happens.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
            queue = shared.lock();
        } else if queue.closed {
            return;
        } else {
            queue.idle += 1;
            queue = shared.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn tasks_run_side_by_side_and_threads_are_used_again() {
        let pool = Pool::new();
        let (sender, receiver) = mpsc::channel();
        let barrier = Arc::new(std::sync::Barrier::new(2));
        for _ in 0..2 {
            let (sender, barrier) = (sender.clone(), Arc::clone(&barrier));
            pool.run(move || {
                barrier.wait();
                sender.send(thread::current().id()).unwrap();
            })
            .unwrap();
        }
        let first: Vec<_> = receiver.iter().take(2).collect();
        assert_ne!(first[0], first[1]);
        while pool.0.lock().idle < 2 {
            thread::yield_now();
        }
        pool.run(move || sender.send(thread::current().id()).unwrap()).unwrap();
        assert!(first.contains(&receiver.recv().unwrap()));
    }

    #[test]
    fn a_panic_costs_one_task_and_not_the_thread() {
        let pool = Pool::new();
        let (sender, receiver) = mpsc::channel();
        pool.run(|| panic!("a crafted file")).unwrap();
        pool.run(move || sender.send(7).unwrap()).unwrap();
        assert_eq!(receiver.recv().unwrap(), 7);
    }
}
