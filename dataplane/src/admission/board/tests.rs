//! The rules with any number of endpoints, jobs and workers, and without a clock.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// A pod where time passes when a job ends.
struct Pod {
    board: Board<usize>,
    now: Instant,
    claims: Vec<Claim>,
    /// Endpoint, size and duration of every job that ever came.
    jobs: Vec<(usize, u64, Duration)>,
    /// Those that run: when they end, which, and their tickets.
    running: BTreeSet<(Instant, usize, u64)>,
    /// Those that began, in order.
    began: Vec<usize>,
    refused: Vec<(usize, Reason)>,
    /// What each endpoint had of the workers.
    had: Vec<Duration>,
}

impl Pod {
    fn new(rules: Rules, slots: &[usize]) -> Self {
        let claims = slots.iter().enumerate().map(|(number, slots)| Claim {
            endpoint: format!("e{number}").into(),
            slots: *slots,
            alone: false,
        });
        Self {
            board: Board::new(rules),
            now: Instant::now(),
            claims: claims.collect(),
            jobs: Vec::new(),
            running: BTreeSet::new(),
            began: Vec::new(),
            refused: Vec::new(),
            had: vec![Duration::ZERO; slots.len()],
        }
    }

    fn arrive(&mut self, endpoint: usize, bytes: u64, takes: Duration) -> Ticket {
        let wish = Wish {
            claim: &self.claims[endpoint],
            bytes,
            size: bytes,
            deadline: Some(self.now + Duration::from_hours(1)),
        };
        self.jobs.push((endpoint, bytes, takes));
        let mut told = Vec::new();
        let ticket = self.board.arrive(&wish, self.jobs.len() - 1, self.now, &mut told);
        self.take_in(told);
        ticket
    }

    fn take_in(&mut self, told: Vec<Told<usize>>) {
        for told in told {
            match told {
                Told::Started(job, Ticket(ticket)) => {
                    self.began.push(job);
                    self.running.insert((self.now + self.jobs[job].2, job, ticket));
                }
                Told::Refused(job, refusal) => self.refused.push((job, refusal.reason)),
            }
        }
        assert!(self.board.held() <= self.board.memory.capacity());
        assert!(self.running.len() <= self.board.rules.workers);
        assert!(self.board.waiting() <= self.board.rules.queue);
        assert!(!self.running.is_empty() || self.board.waiting() == 0, "nothing runs, and something waits");
        for claim in &self.claims {
            let own = |(_, job, _): &&(Instant, usize, u64)| {
                self.claims[self.jobs[*job].0].endpoint == claim.endpoint
            };
            assert!(self.running.iter().filter(own).count() <= claim.slots);
        }
    }

    /// The next job ends. `false`: none runs.
    fn pass(&mut self) -> bool {
        let Some((end, job, ticket)) = self.running.pop_first() else { return false };
        self.now = end;
        let (endpoint, _, took) = self.jobs[job];
        self.had[endpoint] += took;
        let mut told = Vec::new();
        self.board.end(Ticket(ticket), Some(Spent { cpu: took, took }), self.now, &mut told);
        self.take_in(told);
        true
    }

    fn waiting(&self, endpoint: usize) -> usize {
        self.board.lines.get(&self.claims[endpoint].endpoint).map_or(0, Line::len)
    }
}

fn rules(workers: usize) -> Rules {
    Rules { workers, memory: 1000, queue: 1000, order: Order::Time }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_one_endpoint_floods_with_every_other_gets_its_share_but_for_one_job(
        workers in 1_usize..4,
        endpoints in 2_usize..6,
        flood in 5_usize..60,
        lengths in prop::collection::vec(1_u32..100, 50),
    ) {
        let mut pod = Pod::new(rules(workers), &vec![workers; endpoints]);
        let start = pod.now;
        let mut lengths = lengths.into_iter().cycle();
        while pod.now - start < 20_000 * MS {
            for endpoint in 0..endpoints {
                // The flood is of long jobs, and the others have a little more than what the workers may take.
                let (many, factor) = if endpoint == 0 { (flood, 3) } else { (workers, 1) };
                while pod.waiting(endpoint) < many {
                    pod.arrive(endpoint, 1, lengths.next().unwrap() * factor * MS);
                }
            }
            prop_assert!(pod.pass());
        }
        let whole = (pod.now - start) * u32::try_from(workers).unwrap();
        let share = whole / u32::try_from(endpoints).unwrap();
        let longest = 300 * MS;
        for endpoint in 1..endpoints {
            let running = u32::try_from(workers).unwrap() * longest;
            prop_assert!(pod.had[endpoint] + running >= share, "{endpoint}: {:?} of {share:?}", pod.had);
        }
        prop_assert!(pod.refused.is_empty());
    }

    #[test]
    fn who_asks_for_little_waits_for_no_more_than_one_job_of_the_flood(
        workers in 1_usize..4,
        lengths in prop::collection::vec((1_u32..100, 1_u32..20, 1_usize..6), 1..80),
    ) {
        let mut pod = Pod::new(rules(workers), &[workers, workers]);
        for (long, short, pause) in lengths {
            for _ in 0..pause {
                while pod.waiting(0) < 20 {
                    pod.arrive(0, 1, (100 + long) * MS);
                }
                pod.pass();
            }
            let before = pod.began.len();
            pod.arrive(1, 1, short * MS);
            while pod.waiting(1) > 0 {
                pod.pass();
            }
            let meanwhile = pod.began[before..].iter().filter(|job| pod.jobs[**job].0 == 0).count();
            prop_assert!(meanwhile <= 1, "{meanwhile}");
        }
    }

    #[test]
    fn a_flood_takes_no_place_in_the_queue_from_who_has_less_than_its_share(
        queue in 1_usize..40,
        arrivals in prop::collection::vec((0_usize..4, any::<bool>()), 1..300),
    ) {
        let endpoints = 4;
        let mut pod = Pod::new(Rules { queue, ..rules(1) }, &vec![1; endpoints]);
        for (endpoint, ends) in arrivals {
            // The first floods: it comes three times for every other.
            for endpoint in [0, 0, 0, endpoint] {
                let refused = pod.refused.len();
                pod.arrive(endpoint, 1, 10 * MS);
                for (job, _) in &pod.refused[refused..] {
                    let whose = pod.jobs[*job].0;
                    prop_assert!(pod.waiting(whose) >= queue / endpoints, "{whose} has less than its share");
                }
            }
            if ends {
                pod.pass();
            }
        }
    }

    #[test]
    fn memory_is_never_exceeded_and_everybody_is_served_in_the_end(
        order in prop::sample::select(vec![Order::Time, Order::Bytes]),
        workers in 1_usize..5,
        arrivals in prop::collection::vec((0_usize..4, 1_u64..=1000, 1_u32..50, 0_usize..3), 1..150),
    ) {
        let mut pod = Pod::new(Rules { order, ..rules(workers) }, &[workers, 1, 2, workers]);
        if order == Order::Bytes {
            pod.claims.iter_mut().for_each(|claim| claim.slots = usize::MAX);
        }
        let mut given_up = 0;
        for (number, (endpoint, bytes, takes, passes)) in arrivals.iter().enumerate() {
            let ticket = pod.arrive(*endpoint, *bytes, *takes * MS);
            if number % 7 == 6 {
                let mut told = Vec::new();
                let endpoint = Arc::clone(&pod.claims[*endpoint].endpoint);
                let now = pod.now;
                given_up += usize::from(pod.board.leave(&endpoint, ticket, now, &mut told).is_some());
                pod.take_in(told);
            }
            for _ in 0..*passes {
                pod.pass();
            }
        }
        while pod.pass() {}
        prop_assert_eq!(pod.began.len() + given_up, arrivals.len());
        prop_assert_eq!((pod.board.held(), pod.board.waiting()), (0, 0));
    }
}

#[test]
fn a_large_job_waits_for_nothing_but_what_ran_when_its_turn_came() {
    let mut pod = Pod::new(rules(8), &[8, 8]);
    for _ in 0..4 {
        pod.arrive(0, 100, 100 * MS);
    }
    pod.arrive(1, 900, 10 * MS);
    for _ in 0..50 {
        pod.arrive(0, 100, 90 * MS);
    }
    let large = 4;
    let mut after = 0;
    while !pod.began.contains(&large) {
        after = pod.began.len() - 4;
        assert!(pod.pass());
    }
    assert!(after <= 2, "{after} small ones took more than what it leaves over");
    let waited = pod.now;
    assert!(pod.running.iter().any(|(end, job, _)| *job == large && *end == waited + 10 * MS));
}

#[test]
fn who_was_idle_begins_where_the_others_are() {
    let mut pod = Pod::new(rules(1), &[1, 1]);
    pod.arrive(1, 1, MS);
    for _ in 0..1000 {
        pod.arrive(0, 1, 10 * MS);
        pod.pass();
    }
    let before = pod.began.len();
    for _ in 0..100 {
        pod.arrive(0, 1, 10 * MS);
        pod.arrive(1, 1, 10 * MS);
    }
    for _ in 0..100 {
        pod.pass();
    }
    let idle = pod.began[before..].iter().filter(|job| pod.jobs[**job].0 == 1).count();
    assert!((45..=55).contains(&idle), "it had {idle} of 100 turns");
}

#[test]
fn whose_time_is_over_is_not_run() {
    let mut pod = Pod::new(rules(1), &[1]);
    pod.arrive(0, 1, 7200 * 1000 * MS);
    pod.arrive(0, 1, MS);
    pod.pass();
    assert_eq!((pod.refused.as_slice(), pod.began.len()), (&[(1, Reason::Deadline)][..], 1));
}

#[test]
fn idle_endpoints_are_forgotten_when_there_are_many() {
    let mut pod = Pod::new(rules(1), &vec![1; 3 * REMEMBERED]);
    for endpoint in 0..3 * REMEMBERED {
        pod.arrive(endpoint, 1, MS);
        pod.pass();
    }
    assert!(pod.board.lines.len() <= REMEMBERED + 1, "{}", pod.board.lines.len());
}
