//! The program under load: killed, beside another one on the same file, and with a disk that is full.

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use step_14::secret;
use trial::{Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-14");

const CLIENTS: usize = 8;

/// A client with connections of its own, to one server after the other.
#[derive(Clone)]
struct Client(Vec<u16>);

/// What came.
struct Answer {
    status: u16,
    text: String,
}

/// A visitor's session, as far as the visitor knows.
#[derive(Default)]
struct Session {
    cookie: String,
    /// So many packets are in the basket for certain.
    packets: u32,
    /// So many may be: an order was sent, and no answer came.
    at_most: u32,
    /// The visitor wanted it to end.
    is_leaving: bool,
    /// And was told that it has.
    has_left: bool,
}

impl Client {
    fn of(servers: &[&Program]) -> Self {
        Self(servers.iter().map(|server| server.port()).collect())
    }

    /// Asks the next of the servers. An error if it is gone.
    fn send(
        &mut self,
        head: &str,
        cookie: &str,
        fields: &str,
    ) -> io::Result<Answer> {
        self.0.rotate_left(1);
        let mut server = TcpStream::connect(("127.0.0.1", self.0[0]))?;
        write!(
            server,
            "{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n\
             {fields}",
            fields.len()
        )?;
        let mut text = String::new();
        server.read_to_string(&mut text)?;
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Answer { status, text })
    }

    fn page(&mut self, cookie: &str) -> io::Result<Answer> {
        let page = self.send("GET /", cookie, "")?;
        assert_eq!(page.status, 200, "{}", page.text);
        Ok(page)
    }

    /// Puts a packet into the basket; leaves with every other session. Tells of each write that
    /// the server has acknowledged.
    fn visit(
        &mut self,
        session: &mut Session,
        leaves: bool,
        told: &Sender<()>,
    ) -> io::Result<()> {
        let answer = self.send("POST /basket", "", "tea=assam")?;
        assert_eq!(answer.status, 303, "{}", answer.text);
        session.cookie = between(&answer.text, "set-cookie: ", ";").to_owned();
        (session.packets, session.at_most) = (1, 2);
        let _ = told.send(());
        let page = self.page(&session.cookie)?;
        let token = format!(
            "token={}",
            between(&page.text, "name=\"token\" value=\"", "\"")
        );
        let order = format!("{token}&tea=assam");
        let answer = self.send("POST /basket", &session.cookie, &order)?;
        assert_eq!(answer.status, 303, "{}", answer.text);
        session.packets = 2;
        let _ = told.send(());
        if leaves {
            session.is_leaving = true;
            let answer = self.send("POST /sign-out", &session.cookie, &token)?;
            assert_eq!(answer.status, 303, "{}", answer.text);
            session.has_left = true;
            let _ = told.send(());
        }
        Ok(())
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(inside, _)| inside)
}

/// One visit after another, until the server is gone or there were so many.
fn visit_on(mut client: Client, most: usize, told: &Sender<()>) -> Vec<Session> {
    let mut sessions = Vec::new();
    for number in 0..most {
        let mut session = Session::default();
        let done = client.visit(&mut session, number % 2 == 0, told);
        sessions.push(session);
        if done.is_err() {
            break;
        }
    }
    sessions.retain(|session| !session.cookie.is_empty());
    sessions
}

#[derive(Debug, Default, PartialEq)]
struct Count {
    kept: usize,
    ended: usize,
    missing: usize,
    back: usize,
}

impl Count {
    /// Looks at each session with its cookie.
    fn look(&mut self, server: &Program, sessions: &[Session]) {
        let mut client = Client::of(&[server]);
        for session in sessions {
            let page = client.page(&session.cookie).expect("the server is there");
            let has = |packets| page.text.contains(&format!("{packets} × Assam"));
            if session.has_left {
                self.ended += 1;
                self.back += usize::from(page.text.contains("× Assam"));
            } else if !session.is_leaving {
                self.kept += 1;
                let is_there = (session.packets..=session.at_most).any(has);
                self.missing += usize::from(!is_there);
            }
        }
    }
}

/// An environment for a program with this file.
struct Shop {
    key: String,
    file: String,
}

impl Shop {
    fn of(file: &Path) -> Self {
        Self { key: secret::new_key(), file: file.display().to_string() }
    }

    fn open(&self, program: &str) -> Program {
        let environment = [("SESSION_KEY", &*self.key), ("SHOP_DB", &*self.file)];
        Program::start(Start { program, environment: &environment })
    }
}

/// Has clients visit at the same time, and hears of each write that is acknowledged.
fn side_by_side(
    client: &Client,
    most: usize,
    meanwhile: impl FnOnce(Receiver<()>),
) -> Vec<Session> {
    let (told, heard) = mpsc::channel();
    let visits: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (client, told) = (client.clone(), told.clone());
            thread::spawn(move || visit_on(client, most, &told))
        })
        .collect();
    drop(told);
    meanwhile(heard);
    visits.into_iter().flat_map(|visit| visit.join().expect("no panic")).collect()
}

#[test]
fn killed_ten_times_in_mid_load_it_has_kept_whatever_it_has_acknowledged() {
    const KILLS: usize = 10;
    const WRITES: usize = 100;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = Shop::of(&folder.path().join("shop.db"));
    let mut all = Vec::new();
    for _ in 0..KILLS {
        let server = shop.open(PROGRAM);
        let client = Client::of(&[&server]);
        all.extend(side_by_side(&client, usize::MAX, |heard| {
            for _ in 0..WRITES {
                heard.recv().expect("somebody visits");
            }
            // As `kill -9` does.
            drop(server);
        }));
    }
    let mut count = Count::default();
    count.look(&shop.open(PROGRAM), &all);
    assert!(count.kept >= KILLS * 10 && count.ended >= KILLS * 10, "{count:?}");
    let Count { missing, back, .. } = count;
    let lines = format!(
        "kills in mid-load: {KILLS}\n\
         acknowledged writes: {} or more\n\
         sessions missing: {missing}\n\
         ended sessions back: {back}\n",
        KILLS * WRITES
    );
    snapshot("kills", &lines);
    assert_eq!((missing, back), (0, 0));
}

fn snapshot(name: &str, lines: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, lines));
}

#[test]
fn two_servers_on_one_file_serve_each_others_sessions_and_nobody_hears_of_locks() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = Shop::of(&folder.path().join("shop.db"));
    let servers = [shop.open(PROGRAM), shop.open(PROGRAM)];
    // Each request of a visit goes to the other server than the one before.
    let client = Client::of(&[&servers[0], &servers[1]]);
    let mut writes = 0;
    let count = |heard: Receiver<()>| writes = heard.iter().count();
    let sessions = side_by_side(&client, 20, count);
    assert_eq!(sessions.len(), CLIENTS * 20, "each visit came to its end");
    assert_eq!(writes, CLIENTS * 50, "and each write was acknowledged");
    for server in &servers {
        let mut count = Count::default();
        count.look(server, &sessions);
        let half = CLIENTS * 10;
        assert_eq!(count, Count { kept: half, ended: half, missing: 0, back: 0 });
    }
}

/// A program that starts ours on a disk with little room, and whether somebody else can make room.
fn with_little_room(folder: &Path, disk: &Path) -> (String, bool) {
    let script = |name: &str, lines: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("it is written");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, mode).expect("it is set");
        path.display().to_string()
    };
    let disk = disk.display();
    let inside = script(
        "inside",
        &format!(
            "mount -t tmpfs -o size=1m none {disk} &&\n\
             head -c 700000 /dev/zero >{disk}/filler &&\nexec \"$@\""
        ),
    );
    let own_mounts = ["-m", "-rm"].into_iter().find(|flags| {
        let mut command = Command::new("unshare");
        command.args([*flags, &inside, "true"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    match own_mounts {
        Some(flags) => {
            let line = format!("exec unshare {flags} {inside} {PROGRAM}");
            (script("program", &line), true)
        }
        // No disk of its own then, but files that may not grow.
        None => {
            let line = format!("trap '' XFSZ\nulimit -f 600\nexec {PROGRAM}");
            (script("program", &line), false)
        }
    }
}

#[test]
fn with_a_full_disk_a_write_is_a_page_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    let (program, has_own_disk) = with_little_room(folder.path(), &disk);
    let shop = Shop::of(&disk.join("shop.db"));
    let mut server = shop.open(&program);
    let mut client = Client::of(&[&server]);
    let mut cookies = Vec::new();
    let refused = loop {
        let answer =
            client.send("POST /basket", "", "tea=assam").expect("an answer");
        if answer.status != 303 {
            break answer;
        }
        cookies.push(between(&answer.text, "set-cookie: ", ";").to_owned());
    };
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(refused.text.contains("the server cannot keep anything now"));
    assert!(cookies.len() > 20, "{}", cookies.len());
    client.page("").expect("whoever only looks is served");
    let count_all = |client: &mut Client| {
        let pages = cookies.iter().map(|cookie| client.page(cookie));
        let pages = pages.map(|page| page.expect("an answer").text);
        pages.filter(|page| page.contains("1 × Assam")).count()
    };
    assert_eq!(count_all(&mut client), cookies.len(), "while it is full");
    if has_own_disk {
        let filler = format!("/proc/{}/root{}/filler", server.id(), disk.display());
        fs::remove_file(filler).expect("there is room again");
    } else {
        drop(server);
        server = shop.open(PROGRAM);
        client = Client::of(&[&server]);
    }
    let answer = client.send("POST /basket", "", "tea=assam").expect("an answer");
    assert_eq!(answer.status, 303, "there is room again: {}", answer.text);
    assert_eq!(count_all(&mut client), cookies.len(), "when there is room again");
    drop(server);
}
