//! Samples, taken by turns from each server.

use std::{
    io, mem, process,
    time::{Duration, Instant},
};

use bench::machine;
use tokio::{runtime, task::LocalSet, time::sleep};

use crate::{
    server::Server,
    visitors::{Connection, Visitor, Visits, come},
};

/// How many requests are under way at a time, if nobody says so.
pub(crate) const IN_FLIGHT: [usize; 3] = [1, 16, 256];

/// How many samples are taken of each server and each number in flight.
const ROUNDS: usize = 5;

/// So many sessions a server has.
const SESSIONS: usize = 2_048;

/// What a server may take to get going.
const WARM_UP: Duration = Duration::from_millis(500);

/// How long a sample takes.
const LENGTH: Duration = Duration::from_secs(2);

/// A sample is thrown away if others had more than this part of one of the two cores.
const OTHERS: f64 = 0.1;

/// How often a sample is taken anew before it is left out.
const TRIES: usize = 4;

/// What a server did in a while.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Requests in a second.
    pub(crate) rate: f64,
    /// Microseconds for which the server ran, for each request.
    pub(crate) time: f64,
    /// Microseconds for which the engine of its store ran, for each request.
    pub(crate) engine_time: f64,
}

/// By number in flight, by server: a sample a round, or none where others were in the way.
pub(crate) type Taken = Vec<Vec<Vec<Option<Sample>>>>;

/// Takes all samples. Each round asks each server in turn.
pub(crate) fn by_turns(servers: &[Server], in_flight: &[usize]) -> Taken {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("it starts"), async {
        let mut crowds = Vec::new();
        for server in servers {
            crowds.push(crowd(server.port).await.expect("it answers"));
        }
        let mut taken = vec![vec![Vec::new(); servers.len()]; in_flight.len()];
        for round in 1..=ROUNDS {
            for (row, &in_flight) in taken.iter_mut().zip(in_flight) {
                eprintln!("round {round} of {ROUNDS}, {in_flight} in flight");
                for ((samples, server), crowd) in row.iter_mut().zip(servers).zip(&mut crowds) {
                    samples.push(undisturbed(server, crowd, in_flight).await);
                }
            }
        }
        taken
    })
}

async fn crowd(port: u16) -> io::Result<Vec<Visitor>> {
    let mut connection = Connection::open(port).await?;
    let mut crowd = Vec::new();
    for _ in 0..SESSIONS {
        crowd.push(Visitor::new(&mut connection).await?);
    }
    Ok(crowd)
}

async fn undisturbed(
    server: &Server,
    crowd: &mut Vec<Visitor>,
    in_flight: usize,
) -> Option<Sample> {
    for _ in 0..TRIES {
        let (sample, others) = sample(server, crowd, in_flight).await.expect("it answers");
        if others <= OTHERS {
            return Some(sample);
        }
    }
    None
}

/// A sample, and which part of a core others had meanwhile.
async fn sample(
    server: &Server,
    crowd: &mut Vec<Visitor>,
    in_flight: usize,
) -> io::Result<(Sample, f64)> {
    let visits = Visits::default();
    let mut left = mem::take(crowd).into_iter();
    let mut come_again = Vec::new();
    for _ in 0..in_flight {
        let theirs = left.by_ref().take(SESSIONS / in_flight).collect();
        let coming = come(server.port, theirs, visits.clone());
        come_again.push(tokio::task::spawn_local(coming));
    }
    sleep(WARM_UP).await;
    let before = Counters::read(server, &visits);
    sleep(LENGTH).await;
    let after = Counters::read(server, &visits);
    visits.are_over.set(true);
    for coming in come_again {
        crowd.extend(coming.await.expect("nobody ends it")?);
    }
    Ok(before.until(&after))
}

struct Counters {
    at: Instant,
    visits: u64,
    server: Duration,
    engine: Duration,
    others: [Duration; 2],
}

impl Counters {
    fn read(server: &Server, visits: &Visits) -> Self {
        let (own, [theirs, engine]) = (machine::time_of(process::id()), server.times());
        let others = [
            machine::time_of_core(machine::SERVER).saturating_sub(theirs),
            machine::time_of_core(machine::VISITORS).saturating_sub(own + engine),
        ];
        let (at, visits) = (Instant::now(), visits.count.get());
        Self { at, visits, server: theirs, engine, others }
    }

    fn until(&self, after: &Self) -> (Sample, f64) {
        let wall = (after.at - self.at).as_secs_f64();
        let visits = (after.visits - self.visits) as f64;
        let each = |time: Duration| time.as_secs_f64() / visits * 1e6;
        let time = each(after.server - self.server);
        // A process that has ended meanwhile is no longer counted.
        let engine_time = each(after.engine.saturating_sub(self.engine));
        let others = self.others.iter().zip(&after.others);
        let others = others.map(|(before, after)| after.saturating_sub(*before).as_secs_f64());
        let sample = Sample { rate: visits / wall, time, engine_time };
        (sample, others.fold(0.0, f64::max) / wall)
    }
}
