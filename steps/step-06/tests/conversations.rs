//! What the chapter says about this step, carried out.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use axum::{
    Router,
    http::Method,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{
    Answer, Backend, Conversation, Request, Watched, record, record_outside_the_lab,
};
use step_06::{app, secret};
use time::Duration;
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer,
    cookie::{CookieJar, Key},
};
use trial::{Browser, Program, Start};

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-06");
const COOKIE: &str = "__Host-id";
/// What a signature takes in front of the identifier.
const SIGNATURE: usize = 44;

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY)), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

/// `who` looks at the shop with this value in the session's cookie, whatever is in the jar.
async fn look_with(story: &mut Conversation, who: &str, value: &str) -> Answer {
    let cookie = format!("{COOKIE}={value}");
    let request = Request::new(Method::GET, "/").header("cookie", &cookie);
    story.send(who, request).await
}

#[tokio::test]
async fn the_cookie_is_a_signature_and_the_identifier() {
    let mut story = conversation("A signed cookie");
    story.get("Ada", "/").await;
    let answer = buy(&mut story, "Ada", "assam").await;
    assert_eq!(story.last_calls(), ["create"]);
    let cookie = story.cookies("Ada")[0].value.clone();
    let (signature, id) = cookie.split_at(SIGNATURE);
    assert_eq!(id, story.rows()[0].id);
    assert_eq!(cookie.len(), 44 + 22);
    assert_eq!(BASE64_STANDARD.decode(signature).expect("base64").len(), 32);
    let expected =
        format!("{COOKIE}={signature}{id}; HttpOnly; SameSite=Lax; Secure; Path=/");
    assert_eq!(answer.header("set-cookie"), Some(expected.as_str()));
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    record!(story, "a_signed_cookie");
}

#[tokio::test]
async fn a_change_of_any_letter_is_noticed_before_the_store_is_asked() {
    let mut story = conversation("Tampering");
    buy(&mut story, "Ada", "assam").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    let changed = |at: usize, letter| {
        let mut letters: Vec<char> = cookie.chars().collect();
        (letters[at] != letter).then(|| letters[at] = letter)?;
        Some(letters.into_iter().collect::<String>())
    };
    let anywhere = (0..cookie.len()).flat_map(|at| [(at, 'A'), (at, 'B')]);
    // The last letter of a signature has bits to spare: some changes leave its bytes alone.
    let last = ('A'..='Z').chain('a'..='z').map(|letter| (SIGNATURE - 2, letter));
    for (at, letter) in anywhere.chain(last) {
        let Some(forged) = changed(at, letter) else { continue };
        let answer = look_with(&mut story, "Mallory", &forged).await;
        assert!(!answer.text.contains("1 × Assam"), "letter {at}");
        assert!(story.last_calls().is_empty(), "letter {at}");
        assert_eq!(answer.header("set-cookie"), None, "letter {at}");
    }
    let (signature, id) = cookie.split_at(SIGNATURE);
    for part in ["", id, signature, &cookie[1..], &format!("{cookie}A")] {
        let answer = look_with(&mut story, "Mallory", part).await;
        assert!(!answer.text.contains("1 × Assam"), "{part}");
        assert!(story.last_calls().is_empty(), "{part}");
    }
    let whole = look_with(&mut story, "Mallory", &cookie).await;
    assert!(whole.text.contains("1 × Assam"), "the whole one still fits");
}

#[tokio::test]
async fn an_invented_identifier_costs_the_store_nothing() {
    let mut story = conversation("An invented identifier");
    story.attacker("Mallory");
    story.forge("Mallory", COOKIE, "AAAAAAAAAAAAAAAAAAAAAA");
    story.get("Mallory", "/").await;
    assert!(story.last_calls().is_empty());
    buy(&mut story, "Mallory", "assam").await;
    assert_eq!(story.last_calls(), ["create"]);
    assert_ne!(story.rows()[0].id, "AAAAAAAAAAAAAAAAAAAAAA");
    record!(story, "an_invented_identifier");
}

/// What a cookie would say if `id` were signed with the key of these tests.
fn signed(id: &str) -> String {
    let mut jar = CookieJar::new();
    jar.signed_mut(&Key::from(&KEY)).add((COOKIE, id.to_owned()));
    jar.get(COOKIE).expect("it was added").value().to_owned()
}

#[tokio::test]
async fn with_a_stolen_key_an_invented_identifier_costs_a_load_and_gains_nothing() {
    let mut story = conversation("A stolen key");
    buy(&mut story, "Ada", "assam").await;
    story.forge("Mallory", COOKIE, &signed("AAAAAAAAAAAAAAAAAAAAAA"));
    let answer = story.get("Mallory", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    assert!(!answer.text.contains("1 × Assam"));
    story.forge("Mallory", COOKIE, &signed("AAAAAAAAAAAAAAAAAAAAAA"));
    buy(&mut story, "Mallory", "sencha").await;
    assert_eq!(story.rows().len(), 2);
    assert!(story.rows().iter().all(|row| row.id != "AAAAAAAAAAAAAAAAAAAAAA"));
}

#[tokio::test]
async fn the_log_notices_an_unknown_identifier_but_no_bad_signature() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("What is logged");
    let id = "AAAAAAAAAAAAAAAAAAAAAA";
    let bad = format!("{}{id}", "B".repeat(SIGNATURE));
    look_with(&mut story, "Mallory", &bad).await;
    assert!(
        !log.text().is_empty() && !log.text().contains(" WARN "),
        "{}",
        log.text()
    );
    look_with(&mut story, "Mallory", &signed(id)).await;
    assert!(log.text().contains("possibly suspicious activity"), "{}", log.text());
}

#[tokio::test]
async fn a_planted_cookie_is_signed_and_valid() {
    let mut story = conversation("A planted cookie");
    buy(&mut story, "Mallory", "sencha").await;
    story.attacker("Mallory");
    story.says("Mallory puts the cookie of this session into Ada's browser.");
    let planted = story.cookies("Mallory")[0].value.clone();
    story.give("Ada", COOKIE, &planted);
    buy(&mut story, "Ada", "assam").await;
    assert_eq!(story.rows().len(), 1, "Ada has no session of her own");
    let answer = story.get("Mallory", "/").await;
    assert!(answer.text.contains("1 × Assam"), "Mallory sees what Ada buys");
    record!(story, "a_planted_cookie");
}

#[tokio::test]
async fn a_stolen_cookie_is_signed_and_valid() {
    let mut story = conversation("A stolen cookie");
    buy(&mut story, "Ada", "assam").await;
    story.steal("Ada", "Mallory");
    assert!(story.get("Mallory", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn another_key_forgets_everybody_and_keeps_their_rows() {
    let (first, store) = server();
    let mut story = Conversation::new("Another key", first, store.clone());
    buy(&mut story, "Ada", "assam").await;
    let second = app(store.clone(), Key::from(&[8; 64]));
    story.restart(second, store);
    story.says("The server has a new key. Its store is the old one.");
    let answer = story.get("Ada", "/").await;
    assert!(!answer.text.contains("1 × Assam"));
    assert!(story.last_calls().is_empty());
    assert_eq!(answer.header("set-cookie"), None, "the old cookie stays");
    buy(&mut story, "Ada", "sencha").await;
    assert_eq!(story.rows().len(), 2, "nobody can reach the first row");
    record_outside_the_lab!(story, "another_key");
}

// ANCHOR: three_servers
/// A session layer whose cookie has this name.
fn named(
    name: &'static str,
    store: Watched<MemoryStore>,
) -> SessionManagerLayer<Watched<MemoryStore>> {
    SessionManagerLayer::new(store).with_name(name)
}

/// What is in the session, or what is put there.
fn routes() -> Router {
    let show = async |session: Session| {
        let tea: Option<String> = session.get("tea").await.expect("it is text");
        tea.unwrap_or_default()
    };
    let keep = async |session: Session| {
        session.insert("tea", "assam").await.expect("it is noted");
    };
    Router::new().route("/", get(show)).route("/keep", post(keep))
}

/// The same server with a plain, a signed and an encrypted cookie.
fn plain_signed_and_sealed() -> [(Router, Watched<MemoryStore>); 3] {
    let key = Key::from(&KEY);
    let store = || Watched::new(MemoryStore::default());
    let [plain, signed, sealed] = [store(), store(), store()];
    let layer = |store: &Watched<MemoryStore>| named(COOKIE, store.clone());
    [
        (routes().layer(layer(&plain)), plain),
        (routes().layer(layer(&signed).with_signed(key.clone())), signed),
        (routes().layer(layer(&sealed).with_private(key)), sealed),
    ]
}
// ANCHOR_END: three_servers

/// What each of the three would have in a cookie of this identifier.
fn in_their_cookies(id: &str) -> [String; 3] {
    let mut jar = CookieJar::new();
    jar.private_mut(&Key::from(&KEY)).add((COOKIE, id.to_owned()));
    let sealed = jar.get(COOKIE).expect("it was added").value().to_owned();
    [id.to_owned(), signed(id), sealed]
}

#[tokio::test]
async fn an_invented_identifier_reaches_the_store_only_where_the_cookie_is_plain() {
    let mut calls = Vec::new();
    for (app, store) in plain_signed_and_sealed() {
        let mut story = Conversation::new("An invented identifier", app, store);
        look_with(&mut story, "Mallory", "AAAAAAAAAAAAAAAAAAAAAA").await;
        calls.push(story.last_calls().len());
    }
    assert_eq!(calls, [1, 0, 0]);
}

#[tokio::test]
async fn a_copy_is_worth_as_much_as_the_cookie_and_ends_with_the_record() {
    for (app, store) in plain_signed_and_sealed() {
        let mut story = Conversation::new("A copy", app, store);
        story.post("Ada", "/keep", "").await;
        story.steal("Ada", "Mallory");
        assert_eq!(story.get("Mallory", "/").await.body, "assam");
        story.steal("Ada", "Mallory");
        story.pass(Duration::days(14)).await;
        assert_eq!(story.get("Mallory", "/").await.body, "");
    }
}

/// Whether Mallory finds Ada's tea at each of the three. From a copy of the store she has the
/// identifier, and with the key she makes a cookie of it.
async fn opens(has_key: bool) -> Vec<bool> {
    let mut opens = Vec::new();
    for (at, (app, store)) in plain_signed_and_sealed().into_iter().enumerate() {
        let mut story = Conversation::new("A copy of the store", app, store);
        story.post("Ada", "/keep", "").await;
        let id = story.rows()[0].id.clone();
        let value = if has_key { in_their_cookies(&id)[at].clone() } else { id };
        opens.push(look_with(&mut story, "Mallory", &value).await.body == "assam");
    }
    opens
}

#[tokio::test]
async fn an_identifier_from_the_store_opens_only_a_plain_cookie() {
    assert_eq!(opens(false).await, [true, false, false]);
}

#[tokio::test]
async fn with_the_key_an_identifier_from_the_store_opens_each_of_the_three() {
    assert_eq!(opens(true).await, [true, true, true]);
}

#[tokio::test]
async fn with_the_key_an_invented_identifier_costs_each_a_load_and_no_more() {
    let invented = in_their_cookies("AAAAAAAAAAAAAAAAAAAAAA");
    let servers = plain_signed_and_sealed().into_iter();
    for ((app, store), value) in servers.zip(invented) {
        let mut story = Conversation::new("A stolen key", app, store);
        story.post("Ada", "/keep", "").await;
        let answer = look_with(&mut story, "Mallory", &value).await;
        assert_eq!(story.last_calls(), ["load"]);
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn with_the_key_the_identifier_in_an_encrypted_cookie_can_be_read() {
    let [_, _, (app, store)] = plain_signed_and_sealed();
    let mut story = Conversation::new("A stolen key", app, store);
    story.post("Ada", "/keep", "").await;
    let value = story.cookies("Ada")[0].value.clone();
    let mut jar = CookieJar::new();
    jar.add_original((COOKIE, value));
    let read = |key: &[u8]| jar.private(&Key::from(key)).get(COOKIE);
    let id = read(&KEY).map(|cookie| cookie.value().to_owned());
    assert_eq!(id.as_ref(), Some(&story.rows()[0].id));
    assert_eq!(read(&[8; 64]), None, "another key reads nothing");
}

#[tokio::test]
async fn a_signature_does_not_cover_the_name_and_encryption_does() {
    let store = Watched::new(MemoryStore::default());
    let key = Key::from(&KEY);
    let plain = |name| routes().layer(named(name, store.clone()));
    let signed =
        |name| routes().layer(named(name, store.clone()).with_signed(key.clone()));
    let sealed =
        |name| routes().layer(named(name, store.clone()).with_private(key.clone()));
    for (one, other, moves) in [
        (plain("one"), plain("other"), true),
        (signed("one"), signed("other"), true),
        (sealed("one"), sealed("other"), false),
    ] {
        let mut story = Conversation::new("A cookie's name", one, store.clone());
        story.post("Ada", "/keep", "").await;
        let value = story.cookies("Ada")[0].value.clone();
        story.restart(other, store.clone());
        let request = Request::new(Method::GET, "/");
        let request = request.header("cookie", &format!("other={value}"));
        let answer = story.send("Mallory", request).await;
        assert_eq!(answer.body == "assam", moves);
    }
}

#[tokio::test]
async fn encryption_hides_the_identifier_and_nothing_else() {
    let store = Watched::new(MemoryStore::default());
    let layer = named(COOKIE, store.clone()).with_private(Key::from(&KEY));
    let mut story =
        Conversation::new("An encrypted cookie", routes().layer(layer), store);
    let answer = story.post("Ada", "/keep", "").await;
    let id = story.rows()[0].id.clone();
    let cookie = story.cookies("Ada")[0].value.clone();
    assert!(!cookie.contains(&id));
    let plain = BASE64_STANDARD.decode(&cookie).expect("base64");
    assert_eq!(plain.len(), 12 + 22 + 16, "nonce, identifier, tag");
    assert!(answer.header("set-cookie").expect("one is set").len() < 4096);
    story.steal("Ada", "Mallory");
    assert_eq!(story.get("Mallory", "/").await.body, "assam");
    record_outside_the_lab!(story, "an_encrypted_cookie");
}

#[tokio::test]
async fn starting_over_ends_the_session_on_both_sides() {
    let mut story = conversation("Starting over");
    buy(&mut story, "Ada", "assam").await;
    let old = story.cookies("Ada")[0].value.clone();
    story.post("Ada", "/start-over", "").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    let answer = look_with(&mut story, "Mallory", &old).await;
    assert_eq!(
        story.last_calls(),
        ["load"],
        "the signature is good, the row is gone"
    );
    assert!(!answer.text.contains("1 × Assam"));
}

#[tokio::test]
async fn a_log_holds_neither_key_nor_cookie() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("The log");
    buy(&mut story, "Ada", "assam").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    look_with(&mut story, "Mallory", &cookie[1..]).await;
    look_with(&mut story, "Mallory", &cookie.replace('A', "B")).await;
    let log = log.text();
    let key = BASE64_STANDARD.encode(KEY);
    assert!(!log.is_empty());
    for secret in [&cookie, &cookie[..SIGNATURE], &cookie[SIGNATURE..], &key] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn two_new_keys_differ_and_each_opens_the_shop() {
    let keys = [secret::new_key(), secret::new_key()];
    assert_ne!(keys[0], keys[1]);
    for key in &keys {
        let environment = [("SESSION_KEY", key.as_str())];
        let server =
            Program::start(Start { program: PROGRAM, environment: &environment });
        assert_eq!(Browser::default().get(&server.url("/")).status, 200);
    }
}

/// What `new-key` does in this folder.
fn new_key(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(PROGRAM);
    let program = program.arg("new-key").args(arguments).current_dir(folder);
    program.output().expect("it starts")
}

#[test]
fn new_key_makes_a_file_that_opens_the_shop() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, name) in [(&["tea.key"][..], "tea.key"), (&[], "session.key")] {
        let Output { status, stdout, .. } = new_key(folder.path(), arguments);
        assert!(status.success());
        assert!(stdout.is_empty(), "a key on a terminal is read by many");
        let file = folder.path().join(name);
        let file = file.to_str().expect("a plain path");
        let server = Program::start(with_key(&[("SESSION_KEY_FILE", file)]));
        assert_eq!(Browser::default().get(&server.url("/")).status, 200);
    }
}

#[test]
#[cfg(unix)]
fn nobody_else_may_read_the_file_of_a_new_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    // With a mask that would let everybody do everything.
    let made = Command::new("sh")
        .args(["-c", "umask 000; exec \"$0\" new-key session.key", PROGRAM])
        .current_dir(folder.path())
        .status();
    assert!(made.expect("there is a shell").success());
    let file = folder.path().join("session.key").metadata().expect("it is there");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_new_key_never_takes_the_place_of_another_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.key");
    for before in ["the key of every basket", ""] {
        std::fs::write(&file, before).expect("the file is written");
        let Output { status, stderr, .. } = new_key(folder.path(), &[]);
        assert!(!status.success());
        let message = String::from_utf8_lossy(&stderr);
        assert_eq!(message.lines().count(), 1, "one line, not: {message}");
        assert!(message.contains("makes no key: session.key: "), "{message}");
        let after = std::fs::read_to_string(&file).expect("it is there");
        assert_eq!(after, before);
    }
}

#[test]
fn a_key_in_a_file_may_be_broken_into_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.key");
    let mut key = secret::new_key();
    key.insert(64, '\n');
    std::fs::write(&file, key + "\n").expect("the file is written");
    let file = file.to_str().expect("a plain path");
    let server = Program::start(Start {
        program: PROGRAM,
        environment: &[("SESSION_KEY_FILE", file)],
    });
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
}

#[test]
fn without_a_good_key_it_refuses_to_start() {
    let short = BASE64_STANDARD.encode([7; 32]);
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "there is no key"),
        (&[("SESSION_KEY", "")], "the key is 0 bytes long, and 64 are needed"),
        (&[("SESSION_KEY", &short)], "the key is 32 bytes long, and 64 are needed"),
        (&[("SESSION_KEY", "keyboard cat")], "the key is no base64"),
        (
            &[("SESSION_KEY_FILE", "/nowhere/session.key")],
            "/nowhere/session.key: No such file",
        ),
        (&[("SESSION_KEY_FILE", "/dev/null")], "the key is 0 bytes long"),
    ];
    for (environment, why) in cases {
        let message =
            trial::refuses_to_start(Start { program: PROGRAM, environment });
        assert!(message.contains(why), "{message}");
        assert!(message.contains("new-key session.key"), "{message}");
        assert!(!message.contains("keyboard") && !message.contains(&short));
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs Linux: reads /proc")]
fn a_key_in_a_variable_stands_in_proc_and_a_key_in_a_file_does_not() {
    let key = secret::new_key();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.key");
    std::fs::write(&file, &key).expect("the file is written");
    let file = file.to_str().expect("a plain path");
    let stands = |name, value| {
        let mut server = Command::new(PROGRAM);
        let server =
            server.env(name, value).env("PORT", "0").stdout(Stdio::piped());
        let mut server = server.spawn().expect("it starts");
        let output = server.stdout.take().expect("a pipe");
        let listening = BufReader::new(output).lines().next();
        let environment = std::fs::read(format!("/proc/{}/environ", server.id()));
        server.kill().and_then(|()| server.wait()).expect("it ends");
        assert!(listening.is_some_and(|line| line.is_ok()), "it had its key");
        let environment = environment.expect("the same user may read it");
        String::from_utf8_lossy(&environment).contains(&key)
    };
    assert!(stands("SESSION_KEY", key.as_str()));
    assert!(!stands("SESSION_KEY_FILE", file));
}

#[test]
fn no_key_stands_in_the_source() {
    let source = [
        include_str!("../src/main.rs"),
        include_str!("../src/lib.rs"),
        include_str!("../src/cookie.rs"),
        include_str!("../src/secret.rs"),
    ];
    let made = ["Key::from(", "Key::derive_from("];
    for text in source {
        assert!(made.iter().all(|call| !text.contains(call)));
    }
}

#[tokio::test]
async fn only_the_cookie_of_exactly_this_name_counts() {
    let (app, store) = server();
    let mut story = Conversation::new("Two names", app.clone(), store);
    buy(&mut story, "Ada", "assam").await;
    buy(&mut story, "Mallory", "sencha").await;
    let mut value = |who| story.cookies(who)[0].value.clone();
    let (ada, mallory) = (value("Ada"), value("Mallory"));
    let [ada, mallory] = [(&*ada, "1 × Assam"), (&*mallory, "1 × Sencha")];
    let confusing = trial::confusing_cookies(&app, COOKIE, ada, mallory).await;
    assert!(confusing.is_empty(), "{confusing:#?}");
}

#[tokio::test]
async fn a_basket_holds_at_most_20_packets_of_a_tea() {
    let mut story = conversation("A large basket");
    for packets in 1..=22 {
        buy(&mut story, "Ada", "assam").await;
        let held = format!(r#""assam":{}"#, packets.min(20));
        assert!(story.rows()[0].data.contains(&held), "after {packets}");
    }
}

#[tokio::test]
async fn the_log_is_told_the_first_100_characters_of_a_cause() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("A long cause", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    for cause in ["connection refused", &"é".repeat(200)] {
        store.fail(cause);
        story.get("Ada", "/").await;
    }
    let text = log.text();
    assert!(text.contains("connection refused"), "{text}");
    let told = text.split("cause=\"").skip(1).filter_map(|it| it.split('"').next());
    assert_eq!(told.map(|cause| cause.chars().count()).max(), Some(100), "{text}");
}

#[tokio::test]
async fn no_form_writes_a_line_into_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, _) = server();
    trial::throw_lines(&app, &[("/basket", "tea=*")]).await;
    assert!(log.text().contains("a form is refused"), "{}", log.text());
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let (app, store) = server();
    let ids = || store.rows().into_iter().map(|row| row.id).collect();
    trial::throw_cookies(&app, COOKIE, ids);
    trial::throw_cookies_with_form(&app, COOKIE, ("/basket", "tea=assam"), ids);
    trial::throw_requests(&app);
    let key = secret::new_key();
    trial::throw_garbage(with_key(&[("SESSION_KEY", &key)]));
}

fn with_key<'a>(environment: &'a [(&'a str, &'a str)]) -> Start<'a> {
    Start { program: PROGRAM, environment }
}

#[test]
fn over_a_socket_a_basket_outlives_no_restart_but_the_key_does() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str())];
    let server = Program::start(with_key(&environment));
    let ada = Browser::default();
    let page = ada.send_form(&server.url("/basket"), &[("tea", "assam")]).body;
    assert!(page.contains("1 × Assam"), "{page}");
    drop(server);
    let server = Program::start(with_key(&environment));
    let page = ada.get(&server.url("/")).body;
    assert!(!page.contains("× Assam"), "the memory is gone: {page}");
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let key = secret::new_key();
    trial::refuses_a_taken_port(with_key(&[("SESSION_KEY", &key)]));
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "INT");
}

#[test]
fn sigterm_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "TERM");
}

#[test]
fn a_second_ctrl_c_ends_it_whatever_a_client_holds_open() {
    let key = secret::new_key();
    trial::ends_when_told_twice(with_key(&[("SESSION_KEY", &key)]));
}
