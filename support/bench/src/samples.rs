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

/// How long it is looked at the servers.
struct Pace {
    /// So many sessions a server has.
    sessions: usize,
    /// How many samples are taken of each server and each question.
    rounds: usize,
    /// How often a sample is taken anew before it is left out.
    tries: usize,
    /// What a server may take to get going.
    warm_up: Duration,
    /// How long a sample takes.
    length: Duration,
}

/// For a table that is kept.
const THOROUGH: Pace = Pace {
    sessions: 2_048,
    rounds: 5,
    tries: 4,
    warm_up: Duration::from_millis(500),
    length: Duration::from_secs(2),
};

/// To see that it works.
const QUICK: Pace = Pace {
    sessions: 256,
    rounds: 1,
    tries: 1,
    warm_up: Duration::from_millis(200),
    length: Duration::from_millis(500),
};

/// So many of them begin at one address: step 24 lets no more than a hundred begin there.
const AT_AN_ADDRESS: usize = 64;

/// A sample is thrown away if others had more than this part of one of the two cores.
const OTHERS: f64 = 0.1;

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
    /// Whether each sample was short, and taken once.
    pub(crate) is_quick: bool,
}

/// Takes all samples. Each round asks each server in turn.
pub(crate) fn by_turns(servers: &[Server], questions: &[Question]) -> Taken {
    let is_quick = env::var_os("QUICK").is_some();
    let pace = if is_quick { QUICK } else { THOROUGH };
    let rounds = pace.rounds;
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("it starts"), async {
        let (mut crowds, mut bytes) = (Vec::new(), Vec::new());
        for server in servers {
            let before = server.bytes();
            crowds.push(crowd(server, pace.sessions).await.expect("it answers"));
            let all = server.bytes().zip(before).map(|(after, before)| after.abs_diff(before));
            bytes.push(all.map(|all| all as f64 / pace.sessions as f64));
        }
        let mut samples = vec![vec![Vec::new(); servers.len()]; questions.len()];
        for round in 1..=rounds {
            for (row, &question) in samples.iter_mut().zip(questions) {
                eprintln!("round {round} of {rounds}, {} in flight", question.in_flight);
                for ((samples, server), crowd) in row.iter_mut().zip(servers).zip(&mut crowds) {
                    if server.kind.asks.has(question.act) {
                        samples.push(undisturbed(server, crowd, question, &pace).await);
                    }
                }
            }
        }
        Taken { samples, bytes, is_quick }
    })
}

async fn crowd(server: &Server, sessions: usize) -> io::Result<Vec<Visitor>> {
    let (asks, port) = (server.kind.asks, server.port);
    let come = (1..=sessions / AT_AN_ADDRESS).map(|address| {
        let address = Ipv4Addr::new(127, 0, 1, address as u8);
        tokio::task::spawn_local(async move {
            let mut connection = Connection::open_from(address, port).await?;
            let mut crowd = Vec::new();
            for _ in 0..AT_AN_ADDRESS {
                crowd.push(Visitor::new(asks, &mut connection).await?);
            }
            io::Result::Ok(crowd)
        })
    });
    let mut crowd = Vec::new();
    for come in come.collect::<Vec<_>>() {
        crowd.extend(come.await.expect("nobody ends it")?);
    }
    Ok(crowd)
}

async fn undisturbed(
    server: &Server,
    crowd: &mut Vec<Visitor>,
    question: Question,
    pace: &Pace,
) -> Option<Sample> {
    for _ in 0..pace.tries {
        let (sample, others) = sample(server, crowd, question, pace).await.expect("it answers");
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
    pace: &Pace,
) -> io::Result<(Sample, f64)> {
    let visits = Visits::default();
    let mut left = mem::take(crowd).into_iter();
    let mut come_again = Vec::new();
    for _ in 0..in_flight {
        let theirs = left.by_ref().take(pace.sessions / in_flight).collect();
        let coming = come(server.port, act, theirs, visits.clone());
        come_again.push(tokio::task::spawn_local(coming));
    }
    sleep(pace.warm_up).await;
    let before = Counters::read(server, &visits);
    sleep(pace.length).await;
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
