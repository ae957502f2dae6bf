//! Starts servers anew under load, in good ways and in bad ones, and prints how many forms failed,
//! and what was acknowledged and is lost. It plays the programs of steps 21 and 23, which must lie
//! beside it: `cargo build --release -p step-21 -p step-23 && cargo run --release -p bench --bin
//! deploy`

use std::{env, net::TcpListener, path::PathBuf};

use engines::{Authority, Nginx, Redis};
use tempfile::TempDir;
use trial::{Load, Program, Start, Told};

/// So many visitors ask at the same time.
const VISITORS: usize = 16;

/// So many forms they send between two events.
const FORMS: usize = 2_000;

/// So often each server is started anew.
const TIMES: usize = 3;

/// The proxy of each step.
const CONF_21: &str = include_str!("../../../../steps/step-21/nginx.conf");
const CONF_23: &str = include_str!("../../../../steps/step-23/nginx.conf");

/// A way to start servers anew.
struct Way {
    name: &'static str,
    step: &'static str,
    /// What is in front of two servers; without it, there is one.
    proxy: Option<String>,
    socket: Socket,
    signal: &'static str,
    order: Order,
}

/// Who listens.
#[derive(Clone, Copy, PartialEq)]
enum Socket {
    /// The server itself.
    Own,
    /// Whoever starts the server, and hands the socket over.
    Held,
}

/// When the next server starts.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// Once the one of before has ended.
    After,
    /// Before that is told to stop.
    Beside,
}

fn ways() -> [Way; 10] {
    use {Order::*, Socket::*};
    let alone = |name, step, socket, signal, order| Way {
        name,
        step,
        proxy: None,
        socket,
        signal,
        order,
    };
    let behind = |name, step, proxy: &str, socket, signal| Way {
        name,
        step,
        proxy: Some(proxy.to_owned()),
        socket,
        signal,
        order: After,
    };
    let forgiving = "proxy_next_upstream error timeout";
    let twice = CONF_23.replace(forgiving, &format!("{forgiving} non_idempotent"));
    let by_default = CONF_21.replace(" max_fails=0", "");
    assert!(twice != CONF_23 && by_default != CONF_21, "the files have these lines");
    [
        alone("one server, stopped and started", "step-23", Own, "TERM", After),
        behind("nginx's defaults", "step-21", &by_default, Own, "TERM"),
        behind("nginx, `max_fails=0`", "step-21", CONF_21, Own, "TERM"),
        behind("nginx, the server leaves", "step-23", CONF_23, Own, "TERM"),
        behind("nginx, killed", "step-23", CONF_23, Own, "KILL"),
        behind("nginx, `non_idempotent`, killed", "step-23", &twice, Own, "KILL"),
        behind("nginx, a held socket", "step-23", CONF_23, Held, "TERM"),
        alone("a held socket, one after the other", "step-23", Held, "TERM", After),
        alone("a held socket, one beside the other", "step-23", Held, "TERM", Beside),
        alone("a held socket, killed", "step-23", Held, "KILL", After),
    ]
}

fn main() {
    let redis = Redis::start();
    // The page includes the table by its name.
    println!("[//]: # (ANCHOR: deploy)\n");
    println!("| How | Step | Forms | Failed | Lost | Done twice | Longest wait |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for way in ways() {
        let Told { acknowledged, failed, lost, done_twice, longest } = way.play(&redis);
        println!(
            "| {} | {} | {} | {failed} | {lost} | {done_twice} | {:.1} s |",
            way.name,
            &way.step["step-".len()..],
            acknowledged + failed,
            longest.as_secs_f64(),
        );
    }
    println!("\n[//]: # (ANCHOR_END: deploy)");
}

impl Way {
    fn play(&self, redis: &Redis) -> Told {
        let mut servers = Servers::of(self, redis);
        let proxy = self.proxy.as_ref().map(|conf| front(conf, &servers));
        let port = proxy.as_ref().map_or(servers.places[0].port, |nginx| nginx.port(PLAIN));
        let load = Load::start(port, VISITORS);
        for _ in 0..TIMES {
            for server in 0..servers.places.len() {
                load.wait_for(FORMS);
                servers.start_anew(server);
            }
        }
        load.wait_for(FORMS);
        load.end()
    }
}

/// Where nginx listens without TLS: what that costs is not asked here.
const PLAIN: u16 = 8444;

fn front(conf: &str, servers: &Servers) -> Nginx {
    let [first, second] = &servers.places[..] else { unreachable!("two are behind a proxy") };
    let tls = "listen 127.0.0.1:8443";
    let conf = conf
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", first.port))
        .replace("127.0.0.1:8081", &format!("127.0.0.1:{}", second.port))
        .replace(tls, &format!("listen 127.0.0.1:{PLAIN}; {tls}"));
    Nginx::start(&conf, &Authority::new().certify(&["localhost"]))
}

/// The servers of a way.
struct Servers<'a> {
    way: &'a Way,
    folder: TempDir,
    store: String,
    places: Vec<Place>,
}

/// Where one of them is.
struct Place {
    port: u16,
    socket: Option<TcpListener>,
    program: Option<Program>,
}

impl<'a> Servers<'a> {
    fn of(way: &'a Way, redis: &Redis) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut servers = Self { way, folder, store: redis.empty(), places: Vec::new() };
        for _ in 0..if way.proxy.is_some() { 2 } else { 1 } {
            let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let port = socket.local_addr().expect("it has an address").port();
            let socket = (way.socket == Socket::Held).then_some(socket);
            let program = Some(servers.start(port, socket.as_ref()));
            servers.places.push(Place { port, socket, program });
        }
        servers
    }

    fn start(&self, port: u16, socket: Option<&TcpListener>) -> Program {
        let program = beside_us(self.way.step);
        let accounts = self.folder.path().join("accounts.db");
        let environment = [
            // 64 bytes.
            ("SESSION_KEY", &*("BwcH".repeat(21) + "Bw==")),
            ("STORE", &self.store),
            ("ACCOUNTS_DB", accounts.to_str().expect("text")),
        ];
        let program = program.to_str().expect("text");
        let how = Start { program, environment: &environment };
        match socket {
            Some(socket) => Program::start_on(socket, how),
            None => Program::start_at(port, how),
        }
    }

    fn start_anew(&mut self, number: usize) {
        let before = self.places[number].program.take().expect("it runs");
        let Place { port, socket, .. } = &self.places[number];
        let start = || self.start(*port, socket.as_ref());
        let stop = |program: Program| {
            program.signal(self.way.signal);
            program.wait();
        };
        let program = match self.way.order {
            Order::After => {
                stop(before);
                start()
            }
            Order::Beside => {
                let program = start();
                stop(before);
                program
            }
        };
        self.places[number].program = Some(program);
    }
}

fn beside_us(step: &str) -> PathBuf {
    let program = env::current_exe().expect("we have a path").with_file_name(step);
    assert!(program.exists(), "no {}: cargo build --release -p {step}", program.display());
    program
}
