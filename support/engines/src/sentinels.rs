//! A Redis, its replicas, and the sentinels that look after them.

use crate::{
    engine::free_port,
    redis::{Redis, started},
    replicated::{FOLLOWING, Replicated, Role, are_linked, until},
};

const REPLICAS: usize = 2;
const SENTINELS: usize = 3;

/// How many sentinels have to find that the primary is down.
const QUORUM: usize = 2;

/// A primary and two replicas, which are looked after by three sentinels under the name `tea`.
pub struct Sentinels {
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl Sentinels {
    /// The name under which the sentinels know the primary.
    pub const NAME: &str = "tea";

    /// They keep nothing on disk, and are quick to replace a primary: it is down when it has not
    /// answered for half a second.
    ///
    /// # Panics
    /// If they do not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with these lines in each server's `redis.conf`, besides the others.
    ///
    /// # Panics
    /// If they do not start.
    pub fn start_with(settings: &[&str]) -> Self {
        let servers = servers(settings);
        let sentinels = started(|| watch(&servers));
        let all = Self { servers, sentinels };
        // Each reaches the others, and has heard who is primary.
        until(|| {
            all.sentinels.iter().all(|it| {
                it.cli(&["SENTINEL", "CKQUORUM", Self::NAME])
                    .starts_with(&format!("OK {SENTINELS} usable"))
            })
        });
        all
    }

    /// The ports of the sentinels.
    pub fn ports(&self) -> Vec<u16> {
        self.sentinels.iter().map(Redis::port).collect()
    }

    /// The port that a sentinel tells who asks for the primary.
    fn told_by(sentinel: &Redis) -> u16 {
        let said = sentinel.cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self::NAME]);
        let port = said.lines().nth(1).and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("a sentinel knows no primary: {said}"))
    }

    fn on(&self, port: u16) -> &Redis {
        let server = self.servers.iter().find(|server| server.port() == port);
        server.expect("sentinels know these alone")
    }
}

impl Replicated for Sentinels {
    fn url(&self) -> String {
        let addresses = self.ports().into_iter().map(|port| format!("127.0.0.1:{port}"));
        let addresses = addresses.collect::<Vec<_>>().join(",");
        format!("redis+sentinel://{addresses}/{}", Self::NAME)
    }

    fn servers(&self) -> &[Redis] {
        &self.servers
    }

    fn primary_of(&self, _: &str) -> &Redis {
        self.on(Self::told_by(&self.sentinels[0]))
    }

    fn has_replaced(&self, lost: u16) -> bool {
        self.sentinels.iter().all(|sentinel| {
            let told = Self::told_by(sentinel);
            told != lost && matches!(Role::of(self.on(told)), Role::Primary { .. })
        })
    }
}

/// One, and others that follow it.
fn servers(settings: &[&str]) -> Vec<Redis> {
    let settings: Vec<&str> = FOLLOWING.iter().chain(settings).copied().collect();
    let mut servers = vec![started(|| Redis::serve(free_port(), &settings, &[]))];
    let replica_of = format!("replicaof 127.0.0.1 {}", servers[0].port());
    let settings: Vec<&str> = settings.into_iter().chain([&*replica_of]).collect();
    for _ in 0..REPLICAS {
        servers.push(started(|| Redis::serve(free_port(), &settings, &[])));
    }
    until(|| are_linked(&servers, REPLICAS));
    servers
}

/// Sentinels that know from the start what they would find out within some seconds.
fn watch(servers: &[Redis]) -> Result<Vec<Redis>, String> {
    let name = Sentinels::NAME;
    let sentinels: Vec<(u16, String)> =
        (1..=SENTINELS).map(|it| (free_port(), format!("{it:040x}"))).collect();
    let start =
        |(port, id): &(u16, String)| {
            let mut lines = vec![
                format!("sentinel myid {id}"),
                format!("sentinel monitor {name} 127.0.0.1 {} {QUORUM}", servers[0].port()),
                format!("sentinel down-after-milliseconds {name} 500"),
                format!("sentinel failover-timeout {name} 1000"),
            ];
            lines.extend(servers[1..].iter().map(|replica| {
                format!("sentinel known-replica {name} 127.0.0.1 {}", replica.port())
            }));
            lines.extend(sentinels.iter().filter(|(other, _)| other != port).map(
                |(port, id)| format!("sentinel known-sentinel {name} 127.0.0.1 {port} {id}"),
            ));
            Redis::sentinel(*port, &lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
    sentinels.iter().map(start).collect()
}
