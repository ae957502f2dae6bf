//! Visitors who change their baskets while something happens to the servers.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// When an answer that does not come is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whoever gets no answer asks again a moment later.
const PAUSE: Duration = Duration::from_millis(10);

/// So many packets of one tea are put in, and taken out again: a basket of the shop has room for 20.
const FULL: usize = 15;

/// What is put in and taken out. Of another tea one packet stays, so that the session does not end.
const TEA: &str = "assam";
const STAYS: &str = "oolong";

/// Visitors, each with a session, who send one form after the other.
pub struct Load {
    answered: Arc<Answered>,
    is_over: Arc<AtomicBool>,
    visitors: Vec<JoinHandle<Told>>,
}

/// How many forms have been answered, well or not.
#[derive(Default)]
struct Answered {
    count: Mutex<usize>,
    more: Condvar,
}

/// What came of all forms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// So many were answered as they should be.
    pub acknowledged: usize,
    /// So many were answered otherwise, or not at all: what became of them, nobody knows.
    pub failed: usize,
    /// So many were acknowledged, and a page afterwards does not show what they did.
    pub lost: usize,
    /// So many were done once more.
    pub done_twice: usize,
    /// The longest time between a form and its answer.
    pub longest: Duration,
}

impl Load {
    /// So many visitors, who all ask on this port of this machine, over HTTP/1.1 and on connections
    /// that they keep.
    pub fn start(port: u16, visitors: usize) -> Self {
        let (answered, is_over) = (Arc::<Answered>::default(), Arc::<AtomicBool>::default());
        let visit = |_| {
            let (answered, is_over) = (answered.clone(), is_over.clone());
            let visitor = Visitor::at(port, answered, is_over);
            thread::spawn(move || visitor.visit())
        };
        let visitors = (0..visitors).map(visit).collect();
        Self { answered, is_over, visitors }
    }

    /// Waits until so many forms more have been answered, well or not.
    pub fn wait_for(&self, more: usize) {
        let mut count = lock(&self.answered.count);
        let all = *count + more;
        while *count < all {
            count = self.answered.more.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets each visitor look into the basket once more. There must be a server for that.
    ///
    /// # Panics
    /// If a visitor panics.
    pub fn end(self) -> Told {
        self.is_over.store(true, Ordering::SeqCst);
        let told = self.visitors.into_iter().map(|it| it.join().expect("a visitor ends"));
        told.fold(Told::default(), |all, it| Told {
            acknowledged: all.acknowledged + it.acknowledged,
            failed: all.failed + it.failed,
            lost: all.lost + it.lost,
            done_twice: all.done_twice + it.done_twice,
            longest: all.longest.max(it.longest),
        })
    }
}

fn lock(count: &Mutex<usize>) -> MutexGuard<'_, usize> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Visitor {
    wire: Wire,
    /// What the forms of this session carry.
    token: String,
    /// How many packets the last look into the basket has shown.
    shown: usize,
    /// Whether the packet that stays is in it.
    has_begun: bool,
    told: Told,
    answered: Arc<Answered>,
    is_over: Arc<AtomicBool>,
}

impl Visitor {
    fn at(port: u16, answered: Arc<Answered>, is_over: Arc<AtomicBool>) -> Self {
        let wire = Wire { port, open: None, cookie: String::new() };
        let (token, told) = Default::default();
        Self { wire, token, shown: 0, has_begun: false, told, answered, is_over }
    }

    fn visit(mut self) -> Told {
        self.look();
        while !self.is_over() {
            self.send_often("/basket", FULL.saturating_sub(self.shown), |from, to| to - from);
            self.send_often("/basket/take", self.shown, |from, to| from - to);
        }
        self.told
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Sends a form so many times, looks how many packets there are then, and compares that with
    /// what was said. What the forms have done, `done` makes of the packets before and afterwards.
    fn send_often(&mut self, path: &str, times: usize, done: impl Fn(i64, i64) -> i64) {
        let (before, mut acknowledged, mut unknown) = (self.shown, 0, 0);
        for _ in 0..times {
            if self.is_over() {
                break;
            }
            *(if self.send(path, TEA) { &mut acknowledged } else { &mut unknown }) += 1;
        }
        self.look();
        let done = done(before as i64, self.shown as i64);
        self.told.lost += (acknowledged - done).max(0) as usize;
        self.told.done_twice += (done - acknowledged - unknown).max(0) as usize;
    }

    /// Whether a form is answered as it should be.
    fn send(&mut self, path: &str, tea: &str) -> bool {
        let form = format!("token={}&tea={tea}", self.token);
        let since = Instant::now();
        let is_well = matches!(self.wire.ask("POST", path, &form), Ok((303, _)));
        self.told.longest = self.told.longest.max(since.elapsed());
        if is_well {
            self.told.acknowledged += 1;
        } else {
            self.told.failed += 1;
        }
        *lock(&self.answered.count) += 1;
        self.answered.more.notify_all();
        if !is_well {
            thread::sleep(PAUSE);
        }
        is_well
    }

    /// Looks into the basket. A session that has not begun, or is gone, begins.
    fn look(&mut self) {
        loop {
            let basket = self.basket();
            self.token =
                between(&basket, r#""token":""#, &['"']).unwrap_or_default().to_owned();
            self.shown = packets(TEA, &basket);
            if packets(STAYS, &basket) > 0 {
                return;
            }
            self.told.lost += usize::from(self.has_begun);
            self.has_begun = self.send("/basket", STAYS);
        }
    }

    /// What the basket says of itself, however often somebody has to ask.
    fn basket(&mut self) -> String {
        loop {
            match self.wire.ask("GET", "/api/basket", "") {
                Ok((200, basket)) => return basket,
                _ => thread::sleep(PAUSE),
            }
        }
    }
}

/// How many packets of a tea there are in such a basket as `{"assam":2}`.
fn packets(tea: &str, basket: &str) -> usize {
    let packets = between(basket, &format!("\"{tea}\":"), &[',', '}']);
    packets.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// What stands behind this in a text, up to one of these.
fn between<'a>(text: &'a str, start: &str, ends: &[char]) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split(ends).next()
}

/// A way to the servers, on which a cookie is kept.
struct Wire {
    port: u16,
    open: Option<BufReader<TcpStream>>,
    cookie: String,
}

impl Wire {
    /// Asks once, on the connection that is open, if there is one: unlike a browser, it does not
    /// ask again where that breaks off. The status, and the body.
    fn ask(&mut self, method: &str, path: &str, form: &str) -> io::Result<(u16, String)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            self.cookie,
            form.len(),
        );
        let mut wire = match self.open.take() {
            Some(wire) => wire,
            None => {
                let wire = TcpStream::connect(("127.0.0.1", self.port))?;
                wire.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(wire)
            }
        };
        wire.get_mut().write_all(request.as_bytes())?;
        let head = head(&mut wire)?;
        let value = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1).next_back()
        };
        let length = value("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        wire.read_exact(&mut body)?;
        if let Some(cookie) = value("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        if value("connection") != Some("close") {
            self.open = Some(wire);
        }
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// Reads the head of an answer, with the empty line that ends it.
///
/// # Errors
/// If the connection ends before that.
pub fn head(wire: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if wire.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}
