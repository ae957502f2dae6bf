//! What becomes of visitors when Memcached makes room, restarts, hangs, or is cut off.

#![cfg(memcached)]

mod house;

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use axum::Router;
use engines::Wire;
use house::{Answer, Person, server};
use step_17::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    memcached::{LONGEST, Memcached},
    name::Name,
    sessions::Sessions,
};
use tempfile::TempDir;
use time::{Date, Duration, Month, OffsetDateTime, Time};
use tokio::{
    io::AsyncWriteExt,
    net::TcpListener,
    task::{JoinHandle, yield_now},
    time::timeout,
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

/// What is asked of the shop, and needs more or less of its sessions.
const ASKED: [&str; 6] = [
    "`/about`",
    "the shop, without a cookie",
    "a member's page",
    "a member's form",
    "signing in",
    "a first packet",
];

/// Two servers on one Memcached, Ada, who is in, and Grace, who signs in now and then.
struct Shop {
    servers: [Router; 2],
    store: Memcached,
    ada: Person,
    _folder: TempDir,
}

impl Shop {
    async fn open(address: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let accounts = AccountFile::open(folder.path().join("accounts.db"));
        let accounts = accounts.expect("it opens");
        let (first, _) = server(address, &accounts);
        let (second, store) = server(address, &accounts);
        let ada = Person::registered(&first, "Ada").await;
        Person::registered(&first, "Grace").await;
        Self { servers: [first, second], store, ada, _folder: folder }
    }

    /// Asks the second server for one of `ASKED`.
    async fn ask(&self, what: usize) -> Answer {
        let app = &self.servers[1];
        let mut ada = self.ada.clone();
        let mut nobody = Person::default();
        let credentials = "name=Grace&password=a+cup+before+noon";
        match what {
            0 => ada.get(app, "/about").await,
            1 => nobody.get(app, "/").await,
            2 => ada.get(app, "/member").await,
            3 => ada.post(app, "/checkout", "").await,
            4 => nobody.post(app, "/sign-in", credentials).await,
            _ => nobody.post(app, "/basket", "tea=assam").await,
        }
    }

    async fn cell(&self, what: usize) -> String {
        let Answer { status, location, .. } = self.ask(what).await;
        let is_out = location == "/sign-in";
        let to = if is_out { ", to sign in" } else { "" };
        format!(" {}{to} |", status.as_u16())
    }

    /// Asks for all of `ASKED` at once, as a row of the table.
    async fn row(self: &Arc<Self>, when: &str) -> String {
        let ask = |what| {
            let shop = Arc::clone(self);
            tokio::spawn(async move { shop.cell(what).await })
        };
        let asked: Vec<JoinHandle<String>> = (0..ASKED.len()).map(ask).collect();
        let mut row = format!("| {when} |");
        for cell in asked {
            row += &cell.await.expect("an answer");
        }
        row + "\n"
    }
}

/// What one of `ASKED` gets right after the wire went silent, and right after that.
async fn cut(port: u16, what: usize) -> [String; 2] {
    let wire = Wire::to(port);
    let shop = Shop::open(&format!("127.0.0.1:{}", wire.port())).await;
    // There is a connection, and nobody uses it.
    assert_eq!(shop.ask(2).await.status, 200);
    wire.go_silent();
    [shop.cell(what).await, shop.cell(what).await]
}

/// For each of `ASKED` at once: two rows of the table.
async fn rows_of_cuts(port: u16) -> String {
    let cuts: Vec<_> =
        (0..ASKED.len()).map(|what| tokio::spawn(cut(port, what))).collect();
    let first = "The network loses the connections: who comes first";
    let mut rows = [format!("| {first} |"), "| who comes next |".to_owned()];
    for cut in cuts {
        let cells = cut.await.expect("answers");
        for (row, cell) in rows.iter_mut().zip(cells) {
            *row += &cell;
        }
    }
    rows.join("\n") + "\n"
}

fn keep(name: &str, table: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, table));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_memcached_everybody_has_an_answer_and_the_shop_goes_on()
 {
    let mut memcached = engines::Memcached::start();
    let shop = Arc::new(Shop::open(&memcached.address()).await);
    let columns = ASKED.map(|asked| format!(" {asked} |")).concat();
    let mut table =
        format!("| What happens |{columns}\n|---|{}\n", "---|".repeat(ASKED.len()));
    table += &shop.row("All is well").await;

    memcached.freeze();
    table += &shop.row("It hangs: as long as it does").await;
    memcached.thaw();
    table += &shop.row("once it goes on").await;

    table += &rows_of_cuts(memcached.port()).await;

    memcached.kill();
    table += &shop.row("`kill -9`: while it is away").await;
    memcached.start_again();
    table += &shop.row("once it is back").await;
    keep("failures", &table);
}

/// Nobody has asked while it was away: the connections are those of before.
#[tokio::test]
async fn after_a_restart_everybody_is_a_stranger_and_nobody_sees_an_error() {
    let mut memcached = engines::Memcached::start();
    let shop = Shop::open(&memcached.address()).await;
    let app = &shop.servers[0];
    let mut eve = Person::default();
    eve.post(app, "/basket", "tea=assam").await;
    assert!(eve.get(app, "/").await.page.contains("1 × Assam"));
    memcached.kill();
    memcached.start_again();
    let mut table = String::from("| Who | does what | and gets |\n|---|---|---|\n");
    let mut tell = |who: &str, what: &str, answer: &Answer| {
        let Answer { status, location, .. } = answer;
        assert!(!status.is_server_error(), "{who} {what}: {status}");
        let to = if location.is_empty() { "" } else { ", to " };
        table +=
            &format!("| {who} | {what} | {}{to}{location} |\n", status.as_u16());
    };
    let mut ada = shop.ada.clone();
    tell("A member", "orders", &ada.clone().post(app, "/checkout", "").await);
    let answer = ada.get(app, "/member").await;
    tell("A member", "looks at the page for members", &answer);
    assert!(ada.id().is_none(), "the cookie is removed");
    let answer = eve.clone().post(app, "/start-over", "").await;
    tell("Somebody with a basket", "empties it", &answer);
    let answer = eve.clone().post(app, "/remember", "remember=true").await;
    tell("Somebody with a basket", "has it kept for longer", &answer);
    let answer = eve.clone().post(app, "/basket", "tea=assam").await;
    tell("Somebody with a basket", "puts another packet in", &answer);
    let mut tab = eve.clone();
    tab.post(app, "/basket", "tea=assam").await;
    let form = eve.beside(&tab).post(app, "/basket", "tea=assam").await;
    tell("The same, in another tab", "puts another packet in", &form);
    assert!(form.page.contains("older than your session"), "{}", form.page);
    let answer = eve.get(app, "/").await;
    assert!(!answer.page.contains("1 × Assam"), "{}", answer.page);
    tell("Somebody with a basket", "looks at the shop: it is empty", &answer);
    assert!(eve.id().is_none(), "the cookie is removed");
    keep("restart", &table);
}

/// Nobody comes back in time, and the shop goes on.
#[tokio::test]
async fn when_memcached_is_full_it_forgets_sessions_that_have_not_ended() {
    const VISITORS: usize = 5_000;
    let memcached = engines::Memcached::start_with(&["-m", "2"]);
    let shop = Shop::open(&memcached.address()).await;
    let app = &shop.servers[0];
    let mut eve = Person::default();
    eve.post(app, "/basket", "tea=assam").await;
    let id = eve.id().expect("she has a session");
    let hers =
        shop.store.load(&id).await.expect("it answers").expect("it is there");
    let mut ids = Vec::new();
    for _ in 0..VISITORS {
        let mut record = hers.clone();
        shop.store.create(&mut record).await.expect("it says that it is kept");
        ids.push(record.id);
    }
    assert!(!eve.get(app, "/").await.page.contains("1 × Assam"), "hers is gone");
    let mut gone = 0;
    for id in &ids {
        let found = shop.store.load(id).await.expect("it is no error");
        gone += usize::from(found.is_none());
    }
    assert!(gone > VISITORS / 4, "{gone} are gone");
    let evictions = memcached.counts("evictions");
    assert!(evictions >= gone as u64, "it counts {evictions} of {gone}");
    let asked = ids.last().expect("there are some");
    assert!(shop.store.load(asked).await.expect("it answers").is_some());
}

/// By its own end: Memcached's clock is told of none that it would take for another one.
#[tokio::test]
async fn an_end_beyond_thirty_days_is_no_end_at_once() {
    let memcached = engines::Memcached::start();
    let store = Memcached::at(&memcached.address());
    const DAY: i64 = 24 * 60 * 60;
    let far = Date::from_calendar_date(2038, Month::February, 1).expect("a date");
    let far =
        far.with_time(Time::MIDNIGHT).assume_utc() - OffsetDateTime::now_utc();
    for (seconds, keeps) in [
        (30 * DAY - 3, 30 * DAY - 1),
        (30 * DAY - 1, 30 * DAY + 1),
        (60 * DAY, 60 * DAY + 2),
        (far.whole_seconds(), -1),
    ] {
        let (id, data) = Default::default();
        let expiry_date = OffsetDateTime::now_utc() + Duration::seconds(seconds);
        let mut record = Record { id, data, expiry_date };
        store.create(&mut record).await.expect("it is made");
        assert!(store.load(&record.id).await.expect("it answers").is_some());
        let key = format!("session:{}", Name::of(&record.id));
        let said = memcached.ask(&format!("mg {key} t"));
        let told: Option<i64> =
            said.strip_prefix("HD t").and_then(|it| it.trim().parse().ok());
        // Some seconds may have passed on a busy machine, and its clock goes by whole ones.
        let told = told.expect("a time");
        assert!(
            told == keeps || (keeps - 30..=keeps + 2).contains(&told),
            "{said}"
        );
    }
    assert_eq!(memcached.ask("ms tea 5 T2678400\r\nassam"), "HD\n");
    assert_eq!(memcached.ask("mg tea v"), "EN\n", "31 days, to Memcached, is 1970");
}

#[tokio::test]
async fn a_session_too_long_is_refused_and_the_old_one_lives() {
    let memcached = engines::Memcached::start();
    let store = Memcached::at(&memcached.address());
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut record =
        Record { id: Id::default(), data: Default::default(), expiry_date };
    store.create(&mut record).await.expect("it is made");
    record.data.insert("much".to_owned(), "x".repeat(LONGEST).into());
    assert!(store.save(&record).await.is_err());
    assert!(store.load(&record.id).await.expect("it answers").is_some());
    let key = format!("session:{}", Name::of(&record.id));
    let long = "x".repeat(2 << 20);
    let said = memcached.ask(&format!("ms {key} {} MR\r\n{long}", long.len()));
    assert_eq!(said, "SERVER_ERROR object too large for cache\n");
    assert_eq!(memcached.ask(&format!("mg {key} v")), "EN\n", "refused, and gone");
}

#[tokio::test]
async fn what_another_program_has_put_under_the_name_is_no_session() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let memcached = engines::Memcached::start();
    let shop = Shop::open(&memcached.address()).await;
    let key = format!("session:{}", Name::of(&shop.ada.id().expect("she is in")));
    for value in
        ["", "tea", "{}", r#"{"session":{"data":{}}}"#, r#"{"moved_to":"x"}"#]
    {
        memcached.ask(&format!("ms {key} {}\r\n{value}", value.len()));
        for (what, asked) in ASKED.iter().enumerate() {
            let status = shop.ask(what).await.status.as_u16();
            // The last value is no session, and leads nowhere.
            let needs_it = matches!(what, 2 | 3) && !value.contains("moved_to");
            let fits = if needs_it { status == 503 } else { status < 500 };
            assert!(fits, "{value} {asked}: {status}");
        }
    }
    assert!(
        log.text().contains("the session store failed cause="),
        "{}",
        log.text()
    );
}

/// Nobody at all, nobody who speaks, and somebody who speaks another language.
#[tokio::test]
async fn where_there_is_no_memcached_it_says_so_and_does_not_start() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let other = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address =
        |it: &TcpListener| it.local_addr().expect("an address").to_string();
    let addresses = [address(&silent), address(&other), "127.0.0.1:1".to_owned()];
    tokio::spawn(async move {
        while let Ok((mut client, _)) = other.accept().await {
            let _ = client.write_all(b"-ERR unknown command\r\n").await;
        }
    });
    let mut why = Vec::new();
    for address in addresses {
        why.push(Memcached::open(&address).await.expect_err("it is none"));
    }
    assert_eq!(why[0], "no answer in 3 s");
    assert!(why[1].contains("rotocol"), "{}", why[1]);
    assert!(why[2].contains("refused"), "{}", why[2]);
}

/// A session of Ada's, and what is to be put in its place.
async fn to_rotate(store: &Memcached) -> (Name, Record) {
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    let data = [("member".to_owned(), "Ada".into())].into();
    let mut record = Record { id: Id::default(), data, expiry_date };
    store.create(&mut record).await.expect("it is made");
    let before = Name::of(&record.id);
    record.data.insert("before".to_owned(), before.to_string().into());
    (before, record)
}

/// Lets a call go on so often, each time as far as it comes, and tells whether it is done.
async fn push<T>(
    call: &mut Pin<Box<impl Future<Output = T> + ?Sized>>,
    times: u32,
) -> Option<T> {
    let mut left = times;
    poll_fn(|context| {
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            // Memcached has to answer first.
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn an_end_beside_a_rotation_ends_the_session_whichever_is_first() {
    let memcached = engines::Memcached::start();
    let store = Memcached::at(&memcached.address());
    for times in 1.. {
        let (before, mut record) = to_rotate(&store).await;
        let mut rotate = store.rotate(&before, &mut record);
        let early = push(&mut rotate, times).await;
        assert!(store.end(&before).await.expect("it answers"), "{times}: it ends");
        let is_over = early.is_some();
        if !is_over {
            // Done or refused, it leaves nothing.
            let _ = rotate.as_mut().await;
        }
        drop(rotate);
        for name in [before, Name::of(&record.id)] {
            let left = store.entry_of(&name).await.expect("it answers");
            assert!(left.is_none(), "{times}: {left:?}");
        }
        if is_over {
            assert!(times > 3, "it was held at each of its commands");
            return;
        }
    }
}

#[tokio::test]
async fn hole_a_rotation_that_is_dropped_leaves_a_copy_that_nobody_can_open() {
    let memcached = engines::Memcached::start();
    let store = Memcached::at(&memcached.address());
    let mut dropped = Vec::new();
    for times in 1.. {
        let (before, mut record) = to_rotate(&store).await;
        let mut rotate = store.rotate(&before, &mut record);
        let is_done = push(&mut rotate, times).await.is_some();
        drop(rotate);
        if is_done {
            break;
        }
        dropped.push((before, Name::of(&record.id)));
    }
    let is_there =
        async |name| store.entry_of(name).await.expect("it answers").is_some();
    let mut copies = 0;
    // Memcached may still be busy with what was sent last.
    while copies == 0 {
        for (before, name) in &dropped {
            // Nobody has been told the identifier of the second one.
            copies += u32::from(is_there(before).await && is_there(name).await);
        }
    }
    for (before, _) in &dropped {
        store.end(before).await.expect("it answers");
        assert!(!is_there(before).await);
    }
}

/// The account is changed once the file is free. By then, whoever wanted it has ended, and
/// has hung up.
#[tokio::test]
async fn a_change_whose_visitor_hangs_up_is_taken_back_all_the_same() {
    let memcached = engines::Memcached::start();
    let store = Memcached::at(&memcached.address());
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("accounts.db");
    let accounts = AccountFile::open(&path).expect("it opens");
    let accounts = Apart::new(accounts, store.clone());
    let [known, changed] = ["the old hash", "another hash"]
        .map(|hash| Account::new("Ada".to_owned(), hash.to_owned()));
    assert!(accounts.add(known.clone()).await.expect("it is kept"));
    let (_, mut session) = to_rotate(&store).await;
    session.data.insert("stamp".to_owned(), changed.stamp.clone().into());
    store.save(&session).await.expect("it is kept");
    let by = Name::of(&session.id);
    let file = rusqlite::Connection::open(path).expect("it opens");
    let version = || -> u32 {
        file.pragma_query_value(None, "data_version", |row| row.get(0))
            .expect("it answers")
    };
    let (before, hits) = (version(), memcached.counts("get_hits"));
    file.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    let acting = tokio::spawn({
        let (accounts, known) = (accounts.clone(), known.clone());
        async move { accounts.change(&by, &known, &changed).await }
    });
    // Until it has seen that the session is there.
    while memcached.counts("get_hits") == hits {
        yield_now().await;
    }
    assert!(store.end(&by).await.expect("it answers"));
    acting.abort();
    acting.await.expect_err("the visitor has gone");
    file.execute_batch("COMMIT").expect("nothing is done");
    while version() == before {
        yield_now().await;
    }
    let back = async {
        while accounts.find("Ada").await.expect("it answers").as_ref()
            != Some(&known)
        {
            yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(3);
    timeout(patience, back).await.expect("it is taken back");
}

/// With `-M` it refuses what has no room, and forgets what was there before.
#[tokio::test]
async fn a_memcached_that_may_not_evict_takes_nobody_in_and_ends_who_comes_back() {
    let memcached = engines::Memcached::start_with(&["-m", "2", "-M"]);
    let shop = Shop::open(&memcached.address()).await;
    let (app, mut ada) = (&shop.servers[0], shop.ada.clone());
    let hers = shop.store.load(&ada.id().expect("she is in")).await;
    let hers = hers.expect("it answers").expect("it is there");
    while shop.store.create(&mut hers.clone()).await.is_ok() {}
    assert_eq!(memcached.counts("evictions"), 0);
    assert_eq!(ada.get(app, "/member").await.status, 200, "to look needs no room");
    assert!(shop.store.save(&hers).await.is_err(), "to save does");
    let answer = ada.get(app, "/member").await;
    assert_eq!((answer.status.as_u16(), &*answer.location), (303, "/sign-in"));
}

/// Mallory has a session too, and puts Ada's in its place.
#[tokio::test]
async fn hole_who_may_write_to_memcached_is_anybody() {
    let memcached = engines::Memcached::start();
    let shop = Shop::open(&memcached.address()).await;
    let app = &shop.servers[0];
    let mut mallory = Person::registered(app, "Mallory").await;
    assert!(mallory.get(app, "/member").await.page.contains("Mallory, your"));
    let [adas, hers] = [&shop.ada, &mallory]
        .map(|who| format!("session:{}", Name::of(&who.id().expect("a session"))));
    let found = memcached.ask(&format!("mg {adas} v"));
    let value = found.lines().nth(1).expect("a value");
    memcached.ask(&format!("ms {hers} {}\r\n{value}", value.len()));
    let page = mallory.get(app, "/member").await.page;
    assert!(page.contains("Ada, your"), "{page}");
}
