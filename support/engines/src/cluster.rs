//! A Redis Cluster.

use crate::{
    engine::free_port,
    redis::{Redis, started},
    replicated::{FOLLOWING, Replicated, are_linked, until},
};

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;

/// Three masters, which have a third of the keys each, and a replica of each.
pub struct Cluster {
    servers: Vec<Redis>,
}

impl Cluster {
    /// They keep nothing on disk, and are quick to replace a master: it is down when it has not
    /// answered for a second.
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
        let servers = started(|| serve(settings));
        let is_well =
            |server: &Redis| server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        until(|| servers.iter().all(is_well) && are_linked(&servers, MASTERS));
        Self { servers }
    }
}

impl Replicated for Cluster {
    fn url(&self) -> String {
        let addresses =
            self.servers.iter().map(|server| format!("127.0.0.1:{}", server.port()));
        format!("redis+cluster://{}", addresses.collect::<Vec<_>>().join(","))
    }

    fn servers(&self) -> &[Redis] {
        &self.servers
    }

    fn primary_of(&self, key: &str) -> &Redis {
        let one = self.living().next().expect("one lives");
        let slot = one.cli(&["CLUSTER", "KEYSLOT", key]).trim().parse().expect("a number");
        let nodes = nodes(one);
        let master = nodes.iter().find(|node| node.has(slot)).expect("each slot has a master");
        let server = self.servers.iter().find(|server| server.port() == master.port);
        server.expect("there are no others")
    }

    fn has_replaced(&self, lost: u16) -> bool {
        self.living().all(|server| {
            let known = nodes(server);
            let lost = known.iter().find(|node| node.port == lost).expect("it is known");
            lost.slots.is_empty()
                && server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
        })
    }
}

/// What a server knows of one of them.
struct Node {
    port: u16,
    slots: Vec<(u16, u16)>,
}

impl Node {
    fn has(&self, slot: u16) -> bool {
        self.slots.iter().any(|(first, last)| (first..=last).contains(&&slot))
    }
}

/// `<id> <ip:port@bus> <flags> <master> <ping> <pong> <epoch> <link> <slot-slot> …`
fn nodes(server: &Redis) -> Vec<Node> {
    let said = server.cli(&["CLUSTER", "NODES"]);
    let range = |slots: &str| {
        let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let node = |line: &str| {
        let mut words = line.split(' ');
        let port = words.nth(1)?.split([':', '@']).nth(1)?.parse().ok()?;
        Some(Node { port, slots: words.skip(6).filter_map(range).collect() })
    };
    said.lines().map(|line| node(line).unwrap_or_else(|| panic!("a node: {line}"))).collect()
}

/// Six that know one another from the start: each finds in its `nodes.conf` what it would have
/// written there after `CLUSTER ADDSLOTSRANGE`, `MEET` and `REPLICATE`.
fn serve(settings: &[&str]) -> Result<Vec<Redis>, String> {
    let ports: Vec<(u16, u16)> = (0..2 * MASTERS).map(|_| (free_port(), free_port())).collect();
    let start = |number: usize| {
        let (port, bus) = ports[number];
        let bus = format!("cluster-port {bus}");
        let own = [
            "cluster-enabled yes",
            "cluster-node-timeout 1000",
            "cluster-replica-validity-factor 0",
            &*bus,
        ];
        let settings: Vec<&str> =
            own.iter().chain(&FOLLOWING).chain(settings).copied().collect();
        Redis::serve(port, &settings, &[("nodes.conf", known_to(number, &ports))])
    };
    (0..2 * MASTERS).map(start).collect()
}

/// The `nodes.conf` of one of them: the first are masters, the others follow them in order.
fn known_to(myself: usize, ports: &[(u16, u16)]) -> String {
    let id = |number: usize| format!("{:040x}", number + 1);
    let line = |(number, (port, bus)): (usize, &(u16, u16))| {
        let myself = if number == myself { "myself," } else { "" };
        let address = format!("{} 127.0.0.1:{port}@{bus} {myself}", id(number));
        let epoch = number % MASTERS + 1;
        if number < MASTERS {
            let [first, next] = [number, number + 1].map(|it| it * SLOTS / MASTERS);
            format!("{address}master - 0 0 {epoch} connected {first}-{}\n", next - 1)
        } else {
            format!("{address}slave {} 0 0 {epoch} connected\n", id(number - MASTERS))
        }
    };
    let lines: String = ports.iter().enumerate().map(line).collect();
    format!("{lines}vars currentEpoch {MASTERS} lastVoteEpoch 0\n")
}
