//! Clients that begin and do not go on: what they cost, and whom they keep waiting. Time is
//! the runtime's, which goes on by itself when everybody waits.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get, serve::Listener};
use step_24::{capacity::Capacity, serve::serve, watch::Watch};
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::{mpsc, oneshot},
    task::{self, JoinHandle},
    time::{Instant, sleep, timeout},
};

mod told;
use told::Told;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// So many bytes are on their way between two who talk to each other.
const WIRE: usize = 64;

const HALF: &str = "GET /about HTTP/1.1\r\nHost: localhost\r\nX: ";
const WHOLE: &str = "GET /about HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST: &str =
    "GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// A network in which everybody comes from one address.
struct Network(mpsc::UnboundedReceiver<DuplexStream>);

const MALLORY: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9)),
    4711,
);

impl Listener for Network {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(client) => (client, MALLORY),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(MALLORY)
    }
}

/// A server, and the way to it.
struct Server {
    way: mpsc::UnboundedSender<DuplexStream>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
    since: Instant,
}

impl Server {
    fn start() -> Self {
        Self::of(Told::new().server(), Watch::default())
    }

    fn of(app: Router, watch: Watch) -> Self {
        let (way, clients) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let served = tokio::spawn(serve(
            Network(clients),
            app,
            Capacity::default(),
            watch,
            stopped,
        ));
        Self { way, stop: Some(stop), served, since: Instant::now() }
    }

    fn connect(&self) -> DuplexStream {
        let (client, server) = io::duplex(WIRE);
        // Once it is told to stop, it takes nobody.
        let _ = self.way.send(server);
        client
    }

    /// Connects and sends this.
    async fn send(&self, text: &str) -> DuplexStream {
        let mut client = self.connect();
        client.write_all(text.as_bytes()).await.expect("it is taken");
        client
    }

    /// What a visitor gets who sends all at once.
    async fn ask(&self) -> String {
        rest(self.send(LAST).await).await
    }

    /// Tells it to stop.
    async fn stop(&mut self) {
        let stop = self.stop.take().expect("it stops once");
        stop.send(()).expect("it serves");
        self.since = Instant::now();
        task::yield_now().await;
    }

    /// How many milliseconds it takes from then on until it ends.
    async fn end(self) -> u128 {
        self.served.await.expect("it ends");
        self.since.elapsed().as_millis()
    }
}

/// What comes before the connection is closed.
async fn rest(mut client: DuplexStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(HOUR, client.read_to_end(&mut bytes)).await;
    read.expect("it is closed within an hour").expect("in good order");
    String::from_utf8(bytes).expect("text")
}

/// One answer on a connection that stays open.
async fn answer(client: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"</html>") {
        text.push(client.read_u8().await.expect("a page"));
    }
    String::from_utf8(text).expect("text")
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 OK")
}

/// `axum::serve` of axum 0.8 sets no timer.
#[tokio::test(start_paused = true)]
async fn axums_own_serve_waits_for_half_a_head_for_an_hour() {
    let (way, clients) = mpsc::unbounded_channel();
    tokio::spawn(axum::serve(Network(clients), Told::new().server()).into_future());
    let (mut client, server) = io::duplex(WIRE);
    way.send(server).expect("it listens");
    client.write_all(HALF.as_bytes()).await.expect("it is taken");
    sleep(HOUR).await;
    client.write_all(b"\r\nConnection: close\r\n\r\n").await.expect("still");
    assert!(is_ok(&rest(client).await));
}

#[tokio::test(start_paused = true)]
async fn a_head_may_take_10_seconds() {
    let server = Server::start();
    for start in ["", "G", HALF, "POST /basket HTTP/1.1\r\nContent-Length: 9\r\n"] {
        let since = Instant::now();
        let client = server.send(start).await;
        assert!(!is_ok(&rest(client).await), "{start:?}");
        assert_eq!(since.elapsed().as_secs(), 10, "{start:?}");
    }
    let mut client = server.send(HALF).await;
    sleep(Duration::from_millis(9_500)).await;
    client.write_all(b"\r\nConnection: close\r\n\r\n").await.expect("in time");
    assert!(is_ok(&rest(client).await));
}

#[tokio::test(start_paused = true)]
async fn who_sends_a_byte_from_time_to_time_gets_no_more_time() {
    let server = Server::start();
    let since = Instant::now();
    let mut client = server.send(HALF).await;
    while client.write_all(b"x").await.is_ok() && since.elapsed() < HOUR {
        sleep(Duration::from_secs(3)).await;
    }
    assert_eq!(since.elapsed().as_secs(), 12, "the byte after the tenth second");
}

#[tokio::test(start_paused = true)]
async fn who_asks_nothing_more_is_gone_10_seconds_after_the_answer() {
    let server = Server::start();
    let mut client = server.send(WHOLE).await;
    assert!(is_ok(&answer(&mut client).await));
    sleep(Duration::from_millis(9_500)).await;
    client.write_all(WHOLE.as_bytes()).await.expect("it is open");
    assert!(is_ok(&answer(&mut client).await));
    let since = Instant::now();
    assert_eq!(rest(client).await, "");
    assert_eq!(since.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_half_requests_stop_nobody_and_are_gone_after_10_seconds() {
    let server = Server::start();
    let since = Instant::now();
    let mut halves = Vec::new();
    for _ in 0..100 {
        halves.push(server.send(HALF).await);
    }
    assert!(is_ok(&server.ask().await));
    assert!(since.elapsed().is_zero(), "nobody has waited");
    for half in halves {
        rest(half).await;
    }
    assert_eq!(since.elapsed().as_secs(), 10, "all of them");
}

/// A head that never ends is read to 16 KB. More cannot be on the way to this server than
/// that, for each of 512: 8 MB.
#[tokio::test(start_paused = true)]
async fn what_half_requests_send_is_16_kilobytes_each_at_most() {
    let server = Server::start();
    let mut sent = Vec::new();
    for _ in 0..100 {
        let mut client = server.send(HALF).await;
        sent.push(tokio::spawn(async move {
            let mut sent = HALF.len();
            while client.write_all(&[b'x'; 16]).await.is_ok() {
                sent += 16;
            }
            sent
        }));
    }
    let since = Instant::now();
    assert!(is_ok(&server.ask().await), "meanwhile");
    for sent in sent {
        let sent = sent.await.expect("it ends");
        assert!((16 * 1024..=16 * 1024 + WIRE).contains(&sent), "{sent}");
    }
    assert_eq!(since.elapsed().as_secs(), 10, "nobody has read what is wrong");
}

#[tokio::test(start_paused = true)]
async fn a_head_of_16_384_bytes_is_taken_and_one_byte_more_is_not() {
    let server = Server::start();
    for (length, status) in
        [(16_384, "200 OK"), (16_385, "431 Request Header Fields Too Large")]
    {
        let end = "\r\nConnection: close\r\n\r\n";
        let filler = "x".repeat(length - HALF.len() - end.len());
        let head = format!("{HALF}{filler}{end}");
        let (mut from, mut to) = io::split(server.connect());
        tokio::spawn(async move { to.write_all(head.as_bytes()).await });
        let mut answer = String::new();
        from.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_513th_connection_waits_until_another_one_goes() {
    let server = Server::start();
    let since = Instant::now();
    let mut open: Vec<_> = (0..511).map(|_| server.connect()).collect();
    assert!(is_ok(&server.ask().await), "the 512th has a place");
    open.push(server.connect());
    task::yield_now().await;
    let waiting = server.connect();
    let mut waiting = tokio::spawn(async move {
        let mut waiting = waiting;
        waiting.write_all(LAST.as_bytes()).await.expect("it waits");
        rest(waiting).await
    });
    let first = timeout(Duration::from_secs(9), &mut waiting).await;
    assert!(first.is_err(), "nobody has gone");
    open.pop();
    assert!(is_ok(&waiting.await.expect("an answer")));
    assert_eq!(since.elapsed().as_secs(), 9, "whoever goes makes room at once");
}

/// It costs 1,024 connections, and as many more each time. To a proxy in front, it is
/// nothing.
#[tokio::test(start_paused = true)]
async fn hole_512_slow_clients_keep_everybody_waiting_for_10_seconds() {
    let server = Server::start();
    let since = Instant::now();
    for seconds in [10, 20] {
        let open: Vec<_> = (0..512).map(|_| server.connect()).collect();
        task::yield_now().await;
        assert!(is_ok(&server.ask().await));
        assert_eq!(since.elapsed().as_secs(), seconds);
        for client in open {
            rest(client).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_read_the_answer_is_gone_after_10_seconds() {
    let server = Server::start();
    let mut clients = Vec::new();
    for _ in 0..512 {
        let mut client = server.connect();
        clients.push(tokio::spawn(async move {
            while client.write_all(WHOLE.as_bytes()).await.is_ok() {}
        }));
    }
    task::yield_now().await;
    let since = Instant::now();
    assert!(is_ok(&server.ask().await));
    assert_eq!(since.elapsed().as_secs(), 10);
    for client in clients {
        client.await.expect("it is gone");
    }
}

/// Each byte is something new to write for. The system takes a page at once: over a real
/// network it costs many requests at a time. And nginx reads for its clients.
#[tokio::test(start_paused = true)]
async fn hole_who_reads_a_byte_from_time_to_time_keeps_a_place_for_an_hour() {
    let server = Server::start();
    let mut client = server.send(WHOLE).await;
    let mut since_then = Vec::new();
    for _ in 0..400 {
        sleep(Duration::from_secs(9)).await;
        since_then.push(client.read_u8().await.expect("it goes on"));
    }
    assert!(is_ok(&String::from_utf8(since_then).expect("text")));
}

#[tokio::test(start_paused = true)]
async fn a_body_may_take_10_seconds_more() {
    let server = Server::start();
    let since = Instant::now();
    let head =
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ntea=";
    let answer = rest(server.send(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout"), "{answer}");
    assert_eq!(since.elapsed().as_secs(), 10);
}

/// A server whose `/slow` takes nine seconds.
fn start_slow() -> Server {
    let slow = async || {
        sleep(Duration::from_secs(9)).await;
        "<html>slow</html>"
    };
    let app = Told::new().server().route("/slow", get(slow));
    Server::of(app, Watch::default())
}

const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn says_close(answer: &str) -> bool {
    answer.contains("connection: close\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_server_that_leaves_says_so_and_answers_for_300_milliseconds_more() {
    let watch = Watch::default();
    let stopping = watch.stopping.clone();
    let mut server = Server::of(Told::new().server(), watch);
    let mut idle = server.send(WHOLE).await;
    assert!(!says_close(&answer(&mut idle).await));
    assert!(!stopping.has_begun());
    server.stop().await;
    sleep(Duration::from_millis(299)).await;
    assert!(stopping.has_begun());
    for mut client in [idle, server.connect()] {
        client.write_all(WHOLE.as_bytes()).await.expect("it is open");
        let last = rest(client).await;
        assert!(is_ok(&last) && says_close(&last), "{last}");
    }
    sleep(Duration::from_millis(2)).await;
    assert!(server.way.is_closed(), "nobody else gets in");
    assert_eq!(server.end().await, 301);
}

#[tokio::test(start_paused = true)]
async fn a_server_to_which_nobody_is_connected_ends_after_300_milliseconds() {
    let mut server = Server::start();
    assert!(is_ok(&server.ask().await));
    server.stop().await;
    assert_eq!(server.end().await, 300);
}

/// Who asks over it just now would never learn what became of the form.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_left_open_for_two_seconds_more() {
    let mut server = Server::start();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = server.send(WHOLE).await;
        answer(&mut client).await;
        clients.push(client);
    }
    let nothing_yet = server.connect();
    server.stop().await;
    sleep(Duration::from_millis(2_299)).await;
    let mut asks = clients.pop().expect("two");
    asks.write_all(WHOLE.as_bytes()).await.expect("it is open");
    let last = rest(asks).await;
    assert!(is_ok(&last) && says_close(&last), "{last}");
    for client in clients.into_iter().chain([nothing_yet]) {
        assert_eq!(rest(client).await, "");
    }
    assert_eq!(server.end().await, 2_300);
}

/// The program gives up what is still open ten seconds after it is told to stop.
#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_answered_however_long_it_takes() {
    let mut server = start_slow();
    let under_way = server.send(SLOW).await;
    let half = server.send(HALF).await;
    task::yield_now().await;
    server.stop().await;
    let slow = rest(under_way).await;
    assert!(slow.ends_with("<html>slow</html>") && says_close(&slow), "{slow}");
    assert_eq!(server.since.elapsed().as_secs(), 9);
    rest(half).await;
    assert_eq!(server.end().await, 10_000, "with the half head's time");
}

#[tokio::test(start_paused = true)]
async fn the_app_learns_who_has_connected() {
    let who = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
    let server =
        Server::of(Router::new().route("/about", get(who)), Watch::default());
    assert!(server.ask().await.ends_with("203.0.113.9:4711"));
}
