//! Kills a Redis under load, and prints what it had acknowledged, what of that is gone afterwards,
//! and for how long nobody was answered. `cargo run --release -p bench --bin failover`

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use engines::{Cluster, Redis as Engine, Replicated, Sentinels};
use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisResult, Value, aio::MultiplexedConnection, cmd,
    pipe,
};
use serde_json::json;
use step_16::{name::Name, redis::Redis};
use time::OffsetDateTime;
use tokio::{task, time as clock};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

/// So many write at the same time.
const WRITERS: usize = 32;

/// So long they write before something happens.
const LOAD: Duration = Duration::from_secs(2);

/// So long the replicas hang before the server that they follow is killed.
const HANG: Duration = Duration::from_secs(4);

/// So long they write once another server has taken its place.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Whoever is refused tries again a moment later.
const PAUSE: Duration = Duration::from_millis(10);

/// So long it waits for a connection, or an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// So long `WAIT` waits for a replica, in milliseconds.
const WAIT: u64 = 200;

/// A replica is a second late at most, or nobody may write.
const MIN: [&str; 2] = ["min-replicas-to-write 1", "min-replicas-max-lag 1"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // The page includes each table by its name.
    println!("[//]: # (ANCHOR: failover)\n");
    println!(
        "| Redis | Replicas | Each second | Acknowledged | Lost | Ends undone | Refused | Silence |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for hang in [false, true] {
        failover("Sentinel", Sentinels::start(), hang, false).await;
        failover("Sentinel, `min-replicas`", Sentinels::start_with(&MIN), hang, false).await;
        failover("Sentinel, `WAIT`", Sentinels::start(), hang, true).await;
        failover("Cluster", Cluster::start(), hang, false).await;
        failover("Cluster, `min-replicas`", Cluster::start_with(&MIN), hang, false).await;
        failover("Cluster, `WAIT`", Cluster::start(), hang, true).await;
    }
    println!("\n[//]: # (ANCHOR_END: failover)\n\n[//]: # (ANCHOR: crash)\n");
    println!(
        "| Redis, killed and started again | Each second | Acknowledged | Lost | Ends undone |"
    );
    println!("|---|---:|---:|---:|---:|");
    for settings in [&[][..], &["appendonly yes"], &["appendonly yes", "appendfsync always"]] {
        crash(settings).await;
    }
    println!("\n[//]: # (ANCHOR_END: crash)");
}

async fn failover(
    name: &str,
    redis: impl Replicated + Send + Sync + 'static,
    hang: bool,
    waits: bool,
) {
    let redis = Arc::new(redis);
    let store = Redis::open(&redis.url()).await.expect("Redis is there");
    let to = |_| match waits {
        false => To::Store(store.clone()),
        true => To::Waiting(Waiting::at(&*redis)),
    };
    let load = Load::start(to);
    clock::sleep(LOAD).await;
    if hang {
        redis.replicas().into_iter().for_each(Engine::freeze);
        clock::sleep(HANG).await;
    }
    load.is_killed.store(true, Ordering::SeqCst);
    let lost = redis.kill_primary_of("tea");
    let (acknowledged, seconds) = (load.acknowledged(), load.begun.elapsed().as_secs_f64());
    let replaced = Arc::clone(&redis);
    let replaced = task::spawn_blocking(move || {
        replaced.thaw();
        replaced.wait_until_replaced(lost);
    });
    replaced.await.expect("somebody takes its place");
    clock::sleep(AFTERWARDS).await;
    let told = load.end().await;
    let undone = told.undone(&store).await;
    println!(
        "| {name} | {} | {:.0} | {acknowledged} | {} | {} | {} | {:.1} s |",
        if hang { "hang" } else { "follow" },
        acknowledged as f64 / seconds,
        undone.writes,
        undone.ends,
        told.refused,
        told.silence.as_secs_f64(),
    );
}

async fn crash(settings: &[&str]) {
    let mut redis = Engine::start_with(settings);
    let store = Redis::open(&redis.url()).await.expect("Redis is there");
    let load = Load::start(|_| To::Store(store.clone()));
    clock::sleep(LOAD).await;
    redis.kill();
    let (acknowledged, seconds) = (load.acknowledged(), load.begun.elapsed().as_secs_f64());
    let told = load.end().await;
    redis.start_again();
    let undone = told.undone(&store).await;
    let settings = match settings {
        [] => "as it comes".to_owned(),
        settings => format!("`{}`", settings.join("`, `")),
    };
    println!(
        "| {settings} | {:.0} | {acknowledged} | {} | {} |",
        acknowledged as f64 / seconds,
        undone.writes,
        undone.ends,
    );
}

/// A session, as far as its writer was told.
struct Session {
    id: Id,
    /// It counts its writes: the last one that was acknowledged.
    written: u64,
    end: End,
}

enum End {
    NotYet,
    /// It may have ended, or not: nobody has said.
    Unknown,
    Acknowledged,
}

/// What the writers were told.
#[derive(Default)]
struct Told {
    sessions: Vec<Session>,
    refused: usize,
    /// The longest time without an acknowledgement, of one that was over after the kill.
    silence: Duration,
}

/// What was acknowledged, and is not so.
#[derive(Default)]
struct Undone {
    writes: u64,
    ends: u64,
}

struct Load {
    begun: Instant,
    acknowledged: Arc<AtomicU64>,
    is_killed: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    writers: Vec<task::JoinHandle<Told>>,
}

impl Load {
    fn start(to: impl Fn(usize) -> To) -> Self {
        let [is_killed, is_over] = [(), ()].map(|()| Arc::new(AtomicBool::new(false)));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let writers = (0..WRITERS).map(|number| {
            let writer = Writer {
                to: to(number),
                told: Told::default(),
                heard: Instant::now(),
                acknowledged: Arc::clone(&acknowledged),
                is_killed: Arc::clone(&is_killed),
            };
            tokio::spawn(writer.write_until(Arc::clone(&is_over)))
        });
        let writers = writers.collect();
        Self { begun: Instant::now(), acknowledged, is_killed, is_over, writers }
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    async fn end(self) -> Told {
        self.is_over.store(true, Ordering::SeqCst);
        let mut all = Told::default();
        for writer in self.writers {
            let told = writer.await.expect("a writer does not panic");
            all.sessions.extend(told.sessions);
            all.refused += told.refused;
            all.silence = all.silence.max(told.silence);
        }
        all
    }
}

impl Told {
    async fn undone(&self, store: &Redis) -> Undone {
        let mut undone = Undone::default();
        for session in &self.sessions {
            let kept = loop {
                match store.load(&session.id).await {
                    Ok(kept) => break kept,
                    Err(_) => clock::sleep(PAUSE).await,
                }
            };
            let kept = kept.map(|record| record.data["writes"].as_u64().unwrap_or_default());
            match (&session.end, kept) {
                (End::Acknowledged, Some(_)) => undone.ends += 1,
                (End::NotYet, kept) => {
                    undone.writes += session.written.saturating_sub(kept.unwrap_or_default());
                }
                _ => {}
            }
        }
        undone
    }
}

struct Writer {
    to: To,
    told: Told,
    heard: Instant,
    acknowledged: Arc<AtomicU64>,
    is_killed: Arc<AtomicBool>,
}

impl Writer {
    async fn write_until(mut self, is_over: Arc<AtomicBool>) -> Told {
        while !is_over.load(Ordering::SeqCst) {
            if self.session().await.is_err() {
                self.told.refused += 1;
                clock::sleep(PAUSE).await;
            }
        }
        self.told
    }

    /// Begins a session, writes into it, and ends every other one.
    async fn session(&mut self) -> Result<(), ()> {
        let mut record = record();
        self.to.create(&mut record).await?;
        self.hear();
        let session = Session { id: record.id, written: 1, end: End::NotYet };
        self.told.sessions.push(session);
        for writes in 2..=3 {
            record.data.insert("writes".to_owned(), json!(writes));
            self.to.save(&record).await?;
            self.hear();
            self.last().written = writes;
        }
        if self.told.sessions.len().is_multiple_of(2) {
            self.last().end = End::Unknown;
            self.to.delete(&record.id).await?;
            self.hear();
            self.last().end = End::Acknowledged;
        }
        Ok(())
    }

    fn last(&mut self) -> &mut Session {
        self.told.sessions.last_mut().expect("it has begun")
    }

    fn hear(&mut self) {
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
        if self.is_killed.load(Ordering::SeqCst) {
            self.told.silence = self.told.silence.max(self.heard.elapsed());
        }
        self.heard = Instant::now();
    }
}

fn record() -> Record {
    let data = HashMap::from([("writes".to_owned(), json!(1))]);
    Record {
        id: Id::default(),
        data,
        expiry_date: OffsetDateTime::now_utc() + time::Duration::HOUR,
    }
}

/// Whom a writer writes to.
enum To {
    /// The store of step 16, of which all writers share one.
    Store(Redis),
    /// Redis itself, on connections that no other writer has: `WAIT` blocks its connection.
    Waiting(Waiting),
}

impl To {
    async fn create(&mut self, record: &mut Record) -> Result<(), ()> {
        match self {
            Self::Store(store) => store.create(record).await.map_err(drop),
            Self::Waiting(waiting) => {
                record.id = Id::default();
                waiting.set(record, "NX").await
            }
        }
    }

    async fn save(&mut self, record: &Record) -> Result<(), ()> {
        match self {
            Self::Store(store) => store.save(record).await.map_err(drop),
            Self::Waiting(waiting) => waiting.set(record, "XX").await,
        }
    }

    async fn delete(&mut self, id: &Id) -> Result<(), ()> {
        match self {
            Self::Store(store) => store.delete(id).await.map_err(drop),
            Self::Waiting(waiting) => waiting.send(cmd("DEL").arg(key(id))).await,
        }
    }
}

struct Waiting {
    /// Of all servers.
    ports: Vec<u16>,
    /// The one to which the last command went, until it has refused one.
    at: Option<u16>,
    tried: usize,
    open: HashMap<u16, MultiplexedConnection>,
}

impl Waiting {
    fn at(redis: &impl Replicated) -> Self {
        let ports = redis.servers().iter().map(Engine::port).collect();
        Self { ports, at: None, tried: 0, open: HashMap::new() }
    }

    fn port(&mut self) -> u16 {
        let next = self.ports[self.tried % self.ports.len()];
        *self.at.get_or_insert_with(|| {
            self.tried += 1;
            next
        })
    }

    async fn set(&mut self, record: &Record, only: &str) -> Result<(), ()> {
        // As the store of step 16 writes it, which reads it afterwards.
        let kept = json!({ "end": record.expiry_date, "data": record.data }).to_string();
        let end = record.expiry_date.unix_timestamp() * 1_000;
        let mut set = cmd("SET");
        set.arg(key(&record.id)).arg(kept).arg(only).arg("PXAT").arg(end);
        self.send(&set).await
    }

    /// Sends a command, and waits for a replica to have heard of it.
    async fn send(&mut self, command: &Cmd) -> Result<(), ()> {
        loop {
            let port = self.port();
            match self.send_to(port, command).await {
                Ok((Value::Nil, _) | (_, 0)) => return Err(()),
                Ok(_) => return Ok(()),
                Err(why) => {
                    self.at = why.redirect_node().and_then(|(at, _)| port_in(at));
                    if self.at.is_none() {
                        self.open.remove(&port);
                        return Err(());
                    }
                }
            }
        }
    }

    async fn send_to(&mut self, port: u16, command: &Cmd) -> RedisResult<(Value, u32)> {
        let connection = match self.open.entry(port) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(free) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE));
                let client = Client::open(format!("redis://127.0.0.1:{port}"))?;
                free.insert(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
        };
        let mut both = pipe();
        both.add_command(command.clone()).cmd("WAIT").arg(1).arg(WAIT);
        both.query_async(connection).await
    }
}

fn port_in(address: &str) -> Option<u16> {
    address.rsplit_once(':')?.1.parse().ok()
}

fn key(id: &Id) -> String {
    format!("tea:session:{}", Name::of(id))
}
