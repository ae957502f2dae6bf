//! What becomes of visitors when the database restarts, dies, hangs, or loses its connections.

#![cfg(postgres)]

mod house;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::Router;
use engines::{Ending, Wire};
use house::{Person, server};
use step_15::postgres::Postgres;
use tokio::{
    task::JoinHandle,
    time::{self, Duration},
};
use tower_sessions::{SessionStore, session::Id};

/// So many fill their baskets, at two servers, and begin again.
const VISITORS: usize = 6;

/// Whoever is refused tries again a moment later.
const PAUSE: Duration = Duration::from_millis(20);

/// What is asked of the shop, and needs more or less of the database.
const ASKED: [&str; 5] = [
    "`/about`",
    "a member's page",
    "a member's form",
    "signing in",
    "a first packet",
];

/// Two servers on one database, Ada, who is in, and Grace, who signs in now and then.
struct Shop {
    servers: [Router; 2],
    store: Postgres,
    ada: Person,
}

impl Shop {
    async fn open(url: &str) -> Self {
        let (first, _) = server(url).await;
        let (second, store) = server(url).await;
        let ada = Person::registered(&first, "Ada").await;
        Person::registered(&first, "Grace").await;
        Self { servers: [first, second], store, ada }
    }

    /// Asks the second server for one of `ASKED`. The status that comes.
    async fn ask(&self, what: usize) -> u16 {
        let app = &self.servers[1];
        let mut ada = self.ada.clone();
        let mut nobody = Person::default();
        let credentials = "name=Grace&password=a+cup+before+noon";
        let answer = match what {
            0 => ada.get(app, "/about").await,
            1 => ada.get(app, "/member").await,
            2 => ada.post(app, "/basket", "tea=assam").await,
            3 => nobody.post(app, "/sign-in", credentials).await,
            _ => nobody.post(app, "/basket", "tea=assam").await,
        };
        answer.status.as_u16()
    }

    /// Asks for all of `ASKED` at once, as a row of the table.
    async fn row(self: &Arc<Self>, when: &str) -> String {
        let ask = |what| {
            let shop = Arc::clone(self);
            tokio::spawn(async move { shop.ask(what).await })
        };
        let asked: Vec<JoinHandle<u16>> = (0..ASKED.len()).map(ask).collect();
        let mut row = format!("| {when} |");
        for status in asked {
            row += &format!(" {} |", status.await.expect("an answer"));
        }
        row + "\n"
    }

    /// Asks for one after the other of `ASKED`, each right after the wire went silent.
    async fn row_of_cuts(&self, when: &str, wire: &Wire) -> String {
        let mut row = format!("| {when} |");
        for what in 0..ASKED.len() {
            // There is a connection, and nobody uses it.
            while self.ask(1).await != 200 {}
            wire.go_silent();
            row += &format!(" {} |", self.ask(what).await);
        }
        row + "\n"
    }
}

/// Visitors who fill their baskets, and what they were told.
struct Load {
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU32>,
    visitors: Vec<JoinHandle<Vec<Told>>>,
}

#[derive(Debug)]
/// A session, and how many of its writes were acknowledged.
struct Told {
    id: Id,
    acknowledged: u64,
}

impl Load {
    fn on(shop: &Shop) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU32::new(0));
        let visitors = (0..VISITORS).map(|number| {
            let app = shop.servers[number % 2].clone();
            tokio::spawn(visit(
                app,
                Arc::clone(&is_over),
                Arc::clone(&acknowledged),
            ))
        });
        Self { visitors: visitors.collect(), is_over, acknowledged }
    }

    /// Waits until something is acknowledged.
    async fn has_begun(&self) {
        while self.acknowledged.load(Ordering::SeqCst) == 0 {
            time::sleep(PAUSE).await;
        }
    }

    /// Ends it, and looks for everything that was acknowledged.
    async fn loses_nothing(self, store: &Postgres) {
        self.is_over.store(true, Ordering::SeqCst);
        for visitor in self.visitors {
            for told in visitor.await.expect("nobody panics") {
                let record = store.load(&told.id).await.expect("it answers again");
                let kept = record.and_then(|it| it.data["flash"]["last"].as_u64());
                assert!(kept >= Some(told.acknowledged), "{kept:?} of {told:?}");
            }
        }
    }
}

/// Ten packets into a basket, and then another session, again and again.
async fn visit(
    app: Router,
    is_over: Arc<AtomicBool>,
    count: Arc<AtomicU32>,
) -> Vec<Told> {
    let mut all = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let mut visitor = Person::default();
        let mut acknowledged = 0;
        for _ in 0..10 {
            let answer = visitor.post(&app, "/basket", "tea=assam").await;
            match answer.location.strip_prefix("/?said=") {
                Some(number) => {
                    acknowledged = number.parse().expect("a number");
                    count.fetch_add(1, Ordering::SeqCst);
                }
                None => time::sleep(PAUSE).await,
            }
            visitor.get(&app, "/").await;
        }
        let told = visitor.id().map(|id| Told { id, acknowledged });
        all.extend(told.filter(|told| told.acknowledged > 0));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_the_database_nothing_acknowledged_is_lost() {
    let mut database = engines::Postgres::start_with(&[]);
    let wire = Wire::to(database.port());
    let [direct, through] =
        [database.port(), wire.port()].map(|it| format!(":{it}/"));
    let shop =
        Arc::new(Shop::open(&database.empty().replace(&direct, &through)).await);
    let columns = ASKED.map(|asked| format!(" {asked} |")).concat();
    let mut table = format!(
        "| What happens |{columns}\n|---|{}\n",
        "---:|".repeat(ASKED.len())
    );
    table += &shop.row("All is well").await;

    let load = Load::on(&shop);
    load.has_begun().await;
    database.end(Ending::Fast);
    table += &shop.row("It restarts: while it is away").await;
    database.start_again();
    table += &shop.row("once it is back").await;
    load.loses_nothing(&shop.store).await;

    let load = Load::on(&shop);
    load.has_begun().await;
    database.end(Ending::Kill);
    table += &shop.row("`kill -9`: while it is away").await;
    database.start_again();
    table += &shop.row("once it is back").await;
    load.loses_nothing(&shop.store).await;

    let load = Load::on(&shop);
    load.has_begun().await;
    database.freeze();
    table += &shop.row("It hangs: as long as it does").await;
    database.thaw();
    table += &shop.row("once it goes on").await;
    load.loses_nothing(&shop.store).await;

    let load = Load::on(&shop);
    load.has_begun().await;
    wire.go_silent();
    load.loses_nothing(&shop.store).await;
    let when = "The network loses the connections: who comes first";
    table += &shop.row_of_cuts(when, &wire).await;
    table += &shop.row("who comes next").await;

    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("failures", table));
}

#[tokio::test]
async fn the_log_tells_why_and_the_page_does_not() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let database = engines::Postgres::start();
    let shop = Shop::open(&database.empty()).await;
    database.end(Ending::Fast);
    // The first may find a connection that has just been closed.
    for _ in 0..2 {
        let answer = shop.ada.clone().get(&shop.servers[0], "/member").await;
        assert_eq!(answer.status, 503);
        assert!(answer.page.contains("Nothing is lost"), "{}", answer.page);
        assert!(!answer.page.contains("refused"), "{}", answer.page);
    }
    let log = log.text();
    assert_eq!(log.matches("session: error=").count(), 2, "each asks once: {log}");
    let line = r#"the session store failed cause="Connection refused"#;
    assert!(log.contains(line), "{log}");
    let id = shop.ada.id().expect("she has signed in").to_string();
    for secret in ["tea:tea", "a cup before noon", &id] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn who_is_refused_half_way_is_not_told_that_nothing_was_done() {
    let database = engines::Postgres::start();
    let url = database.empty();
    let shop = Shop::open(&url).await;
    let no = |table| {
        let no = format!(
            "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql
                AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
            CREATE TRIGGER no BEFORE INSERT OR UPDATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION no()"
        );
        database.sql(&url, &no);
    };
    let (app, mut ada) = (&shop.servers[0], shop.ada.clone());
    no("accounts");
    let form = "password=a+cup+before+noon&new=another+at+noon";
    let answer = ada.post(app, "/password", form).await;
    assert_eq!(answer.status, 503);
    assert!(answer.page.contains("Anything else may have been done."));
    // Her session has another identifier by now, and she does not know it.
    assert_eq!(ada.get(app, "/member").await.location, "/sign-in");
    no("sessions");
    let form = "name=Grace&password=a+cup+before+noon";
    let answer = Person::default().post(app, "/sign-in", form).await;
    assert_eq!(answer.status, 503);
    assert!(answer.page.contains("Anything else may have been done."));
}
