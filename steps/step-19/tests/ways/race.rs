//! Five requests of one session at once. What comes of it is certain: each is held between
//! its look at the session and its save, until those are there that can be.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use tokio::{
    select,
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::{JoinHandle, JoinSet},
    task_local, time,
};
use tower::ServiceExt;

/// So many append at once.
pub(crate) const FIVE: usize = 5;

/// When a race is given up that does not end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

task_local! {
    /// Which of the five a request is. No other waits at the door.
    static NUMBER: usize;
}

/// Where a request waits that has looked at its session, and has not saved.
#[derive(Clone, Debug)]
pub(crate) struct Door(UnboundedSender<Waits>);

/// Which request waits, and what lets it go on once it is dropped.
pub(crate) type Waits = (usize, oneshot::Sender<()>);

impl Door {
    pub(crate) async fn wait(&self) {
        let Ok(number) = NUMBER.try_with(|number| *number) else { return };
        let (go, gone) = oneshot::channel();
        if self.0.send((number, go)).is_ok() {
            // It is dropped, and never sent.
            let _ = gone.await;
        }
    }
}

/// How many requests a way lets look at the session before the first of them has saved.
#[derive(Clone, Copy)]
pub(crate) enum LetsIn {
    All,
    One,
    OneAtEachServer,
}

impl LetsIn {
    /// Of so many that are left at each server.
    fn of(self, left: &[usize]) -> usize {
        match self {
            Self::All => left.iter().sum(),
            Self::One => left.iter().sum::<usize>().min(1),
            Self::OneAtEachServer => left.iter().map(|left| (*left).min(1)).sum(),
        }
    }
}

/// Has the requests of servers wait, and tells who waits.
pub(crate) fn door() -> (Door, UnboundedReceiver<Waits>) {
    let (door, waiting) = unbounded_channel();
    (Door(door), waiting)
}

/// Servers, a session at them, and the requests that are to race.
pub(crate) struct Trial {
    pub(crate) servers: Vec<Router>,
    /// Who waits at the door, in the order of their coming.
    pub(crate) waiting: UnboundedReceiver<Waits>,
    pub(crate) cookie: String,
    /// What each of the five sends: the path, and the form.
    pub(crate) appends: [(String, String); FIVE],
    /// Where the session can be looked at.
    pub(crate) looks: Vec<String>,
    /// How many of the five are in what is there to see.
    pub(crate) count: fn(&str) -> usize,
}

impl Trial {
    /// Begins a session at so many servers with lists, each of which `serve` makes.
    pub(crate) async fn begin(
        servers: usize,
        serve: impl Fn(&Door) -> Router,
    ) -> Self {
        let (door, waiting) = door();
        let servers: Vec<Router> = (0..servers).map(|_| serve(&door)).collect();
        let began = send(&servers[0], Method::POST, "/", "", "").await;
        let cookie = began.headers()[header::SET_COOKIE].to_str().expect("text");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self {
            servers,
            waiting,
            cookie,
            appends: Default::default(),
            looks: Vec::new(),
            count: |items| items.split_whitespace().count(),
        }
        .appending(["list"; FIVE], "")
    }

    /// Has each of the five append to a list of its own, or some to the same.
    pub(crate) fn appending(mut self, keys: [&str; FIVE], how: &str) -> Self {
        for (number, key) in keys.iter().enumerate() {
            self.appends[number].0 = format!("/{key}/{number}{how}");
        }
        self.looks = keys.iter().map(|key| format!("/{key}")).collect();
        self.looks.dedup();
        self
    }

    /// Sends one of the five. Says its number, that of its server, and what came of it.
    pub(crate) fn append(
        &self,
        number: usize,
    ) -> impl Future<Output = (usize, usize, StatusCode)> + Send + use<> {
        let at = number % self.servers.len();
        let (path, form) = self.appends[number].clone();
        let (server, cookie) = (self.servers[at].clone(), self.cookie.clone());
        NUMBER.scope(number, async move {
            let answer = send(&server, Method::POST, &path, &cookie, &form).await;
            (number, at, answer.status())
        })
    }

    /// Waits until one of the five waits at the door. It goes on when this is dropped.
    pub(crate) async fn held(&mut self) -> Waits {
        let waits = time::timeout(PATIENCE, self.waiting.recv()).await;
        waits.expect("somebody comes").expect("the servers have the door")
    }

    /// Has five append at once. Whoever has looked first goes on first, once as many have
    /// looked as the way lets in: to the end, or to where it looks again.
    pub(crate) async fn race(&mut self, lets_in: LetsIn) -> Raced {
        let mut left = vec![0; self.servers.len()];
        let mut under_way = JoinSet::new();
        for number in 0..FIVE {
            left[number % self.servers.len()] += 1;
            under_way.spawn(self.append(number));
        }
        let mut raced = Raced::default();
        let (mut held, mut goes_on) = (VecDeque::new(), None);
        while raced.statuses.len() < FIVE {
            if goes_on.is_none() && held.len() >= lets_in.of(&left) {
                let (number, go) = held.pop_front().expect("somebody is left");
                goes_on = Some(number);
                drop::<oneshot::Sender<()>>(go);
            }
            let number = select! {
                Some(answered) = under_way.join_next() => {
                    let (number, at, status) = answered.expect("an answer");
                    left[at] -= 1;
                    raced.statuses.push(status);
                    number
                }
                waits = self.held() => {
                    raced.runs += 1;
                    let number = waits.0;
                    held.push_back(waits);
                    assert!(held.len() <= lets_in.of(&left), "one too many looks");
                    number
                }
            };
            goes_on = goes_on.filter(|it| *it != number);
        }
        raced
    }

    /// How many of the five are there.
    pub(crate) async fn kept(&self) -> usize {
        let mut kept = 0;
        for path in &self.looks {
            kept += (self.count)(&self.look(path).await);
        }
        kept
    }

    /// What there is to see of the session.
    pub(crate) async fn look(&self, path: &str) -> String {
        let answer = send(&self.servers[0], Method::GET, path, &self.cookie, "");
        let text =
            to_bytes(answer.await.into_body(), 1 << 16).await.expect("a text");
        String::from_utf8_lossy(&text).into_owned()
    }

    /// How long a reader of the session waits at this server, if at the first one somebody
    /// writes it and takes five seconds: that is how long the future takes that is given.
    pub(crate) async fn reader(
        &mut self,
        at: usize,
        five_seconds: impl Future<Output = ()>,
    ) -> &'static str {
        let writer = tokio::spawn(self.append(0));
        let held = self.held().await;
        let (path, cookie) = (self.looks[0].clone(), self.cookie.clone());
        let server = self.servers[at].clone();
        let look =
            async move { send(&server, Method::GET, &path, &cookie, "").await };
        let mut reader: JoinHandle<_> = tokio::spawn(look);
        let (mut waited, mut answer) = ("0 s", None);
        select! {
            read = &mut reader => answer = Some(read),
            () = five_seconds => waited = "5 s",
        }
        drop(held);
        let (.., status) = writer.await.expect("an answer");
        assert!(!status.is_server_error());
        let answer = match answer {
            Some(answer) => answer,
            None => reader.await,
        };
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
        waited
    }
}

/// What came of a race.
#[derive(Default)]
pub(crate) struct Raced {
    statuses: Vec<StatusCode>,
    /// How many times somebody has looked.
    pub(crate) runs: usize,
}

impl Raced {
    /// Such as `1 × 200, 4 × 500`.
    pub(crate) fn statuses(&self) -> String {
        let mut counts = BTreeMap::new();
        for status in &self.statuses {
            *counts.entry(status.as_u16()).or_default() += 1;
        }
        let told = |(status, count): (u16, usize)| format!("{count} × {status}");
        counts.into_iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

/// Sends a request to a server.
pub(crate) async fn send(
    server: &Router,
    method: Method,
    path: &str,
    cookie: &str,
    form: &str,
) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(form.to_owned()));
    let Ok(answer) = server.clone().oneshot(request.expect("well formed")).await;
    answer
}
