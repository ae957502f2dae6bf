//! Samples, taken by turns from each server.

use std::{
    env, io, mem,
    net::Ipv4Addr,
    process,
    time::{Duration, Instant},
};

use bench::machine;
use tokio::{runtime, task::LocalSet, time::sleep};

use crate::{
    connection::Connection,
    server::Server,
    visitors::{Act, Visitor, Visits, come},
};

/// How many requests are under way at a time, if nobody says so.
pub(crate) const IN_FLIGHT: [usize; 3] = [1, 16, 256];

/// How many samples are taken of each server and each question, unless `ROUNDS` says so.
const ROUNDS: usize = 5;

/// So many sessions a server has.
const SESSIONS: usize = 2_048;

/// So many of them begin at one address: step 21 lets no more than a hundred begin there.
const AT_AN_ADDRESS: usize = 64;

/// What a server may take to get going.
const WARM_UP: Duration = Duration::from_millis(500);

/// How long a sample takes.
const LENGTH: Duration = Duration::from_secs(2);

/// A sample is thrown away if others had more than this part of one of the two cores.
const OTHERS: f64 = 0.1;

/// How often a sample is taken anew before it is left out.
const TRIES: usize = 4;

/// What is done, and by how many at a time.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    pub(crate) act: Act,
    pub(crate) in_flight: usize,
}

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

/// What was found out.
pub(crate) struct Taken {
    /// By question, by server: a sample a round, or none where others were in the way. Of what is not
    /// done at a server, there is nothing.
    pub(crate) samples: Vec<Vec<Vec<Option<Sample>>>>,
    /// By server, what a session takes that has just begun, in bytes, if that can be asked.
    pub(crate) bytes: Vec<Option<f64>>,
}

/// Takes all samples. Each round asks each server in turn.
pub(crate) fn by_turns(servers: &[Server], questions: &[Question]) -> Taken {
    let rounds = env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds: usize = rounds.unwrap_or(ROUNDS);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("it starts"), async {
        let (mut crowds, mut bytes) = (Vec::new(), Vec::new());
        for server in servers {
            let before = server.bytes();
            crowds.push(crowd(server).await.expect("it answers"));
            let all = server.bytes().zip(before).map(|(after, before)| after.abs_diff(before));
            bytes.push(all.map(|all| all as f64 / SESSIONS as f64));
        }
        let mut samples = vec![vec![Vec::new(); servers.len()]; questions.len()];
        for round in 1..=rounds {
            for (row, &question) in samples.iter_mut().zip(questions) {
                eprintln!("round {round} of {rounds}, {} in flight", question.in_flight);
                for ((samples, server), crowd) in row.iter_mut().zip(servers).zip(&mut crowds) {
                    if server.kind.asks.has(question.act) {
                        samples.push(undisturbed(server, crowd, question).await);
                    }
                }
            }
        }
        Taken { samples, bytes }
    })
}

async fn crowd(server: &Server) -> io::Result<Vec<Visitor>> {
    let mut crowd = Vec::new();
    for address in 1..=SESSIONS / AT_AN_ADDRESS {
        let address = Ipv4Addr::new(127, 0, 1, address as u8);
        let mut connection = Connection::open_from(address, server.port).await?;
        for _ in 0..AT_AN_ADDRESS {
            crowd.push(Visitor::new(server.kind.asks, &mut connection).await?);
        }
    }
    Ok(crowd)
}

async fn undisturbed(
    server: &Server,
    crowd: &mut Vec<Visitor>,
    question: Question,
) -> Option<Sample> {
    for _ in 0..TRIES {
        let (sample, others) = sample(server, crowd, question).await.expect("it answers");
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
    Question { act, in_flight }: Question,
) -> io::Result<(Sample, f64)> {
    let visits = Visits::default();
    let mut left = mem::take(crowd).into_iter();
    let mut come_again = Vec::new();
    for _ in 0..in_flight {
        let theirs = left.by_ref().take(SESSIONS / in_flight).collect();
        let coming = come(server.port, act, theirs, visits.clone());
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
    /// On each of the two cores, or on all together where nobody has one.
    others: Vec<Duration>,
}

impl Counters {
    fn read(server: &Server, visits: &Visits) -> Self {
        let (own, [theirs, engine]) = (machine::time_of(process::id()), server.times());
        let others = match *machine::HAS_OWN_CORES {
            true => vec![
                machine::time_of_core(machine::SERVER).saturating_sub(theirs),
                machine::time_of_core(machine::VISITORS).saturating_sub(own + engine),
            ],
            false => vec![machine::time_of_cores().saturating_sub(own + theirs + engine)],
        };
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
