//! What stands around the session: headers, keys, the log, limits, and the end of the program.

use axum::http::{Method, StatusCode};
use conversation::Request;
use trial::{Program, Secrets, Start};

use crate::{
    people::{ANOTHER, RIGHT},
    shop::{PASSWORD, PROGRAM, Shop, the_rest},
    stores::{Kind, on_each_store},
    wire,
};

on_each_store! {
    nobody_gets_a_session_by_looking_around,
    every_answer_is_for_one_browser_in_no_frame_and_runs_nothing_else,
    behind_https_every_answer_says_so_for_a_year,
    a_wrong_setting_or_no_key_ends_the_start_and_tells_no_secret,
    the_finest_log_and_the_numbers_hold_nothing_that_opens_anything,
    no_form_makes_a_line_of_the_log_and_long_names_are_cut,
    the_log_tells_when_a_session_begins_and_ends_under_a_name_that_opens_nothing,
    a_form_of_8_kilobytes_and_a_head_of_16_are_taken_and_no_more,
    a_hundred_half_requests_keep_nobody_waiting,
    a_form_under_way_is_answered_when_the_server_is_told_to_stop,
    the_numbers_stand_on_a_port_of_their_own_and_no_client_adds_one,
    probes_make_no_session_and_one_request_too_many_is_told_so,
}

async fn nobody_gets_a_session_by_looking_around(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    for path in [
        "/",
        "/about",
        "/sign-in",
        "/register",
        "/member",
        "/devices",
        "/confirm",
        "/start-over",
        "/password",
        "/administrator",
        "/api/basket",
        "/nowhere",
        "/live",
        "/ready",
    ] {
        let answer = shop.get("Ada", path).await;
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    for path in
        ["/sign-out", "/start-over", "/basket/take", "/remember", "/checkout"]
    {
        let answer = shop.post("Ada", path, "tea=assam&remember=true").await;
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    assert!(shop.cookies("Ada").is_empty() && shop.count().await == 0);
}

async fn every_answer_is_for_one_browser_in_no_frame_and_runs_nothing_else(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let foreign = Request::new(Method::POST, "/basket")
        .form("tea=assam")
        .header("origin", "http://localhost:4000");
    let answers = [
        (200, shop.get("Ada", "/").await),
        (303, shop.get("Grace", "/member").await),
        (403, shop.post("Ada", "/basket", "tea=assam").await),
        (403, shop.send("Ada", foreign).await),
        (422, shop.submit("Ada", "/basket", "tea=coffee").await),
        (404, shop.get("Ada", "/nothing").await),
        (405, shop.post("Ada", "/", "").await),
        (413, shop.post("Ada", "/basket", &"x".repeat(9_000)).await),
        (401, shop.get("Ada", "/api/orders").await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for word in [
            "default-src 'none'; ",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(word), "{status} {word}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{status}");
        }
    }
    // What a member is called is text, and no script.
    shop.give("Mallory", "/register", "a<script>alert(1)</script>b", PASSWORD)
        .await;
    let page = shop.get("Mallory", "/member").await.body;
    assert!(
        !page.contains("<script>alert") && page.contains("&lt;script&gt;"),
        "{page}"
    );
}

async fn behind_https_every_answer_says_so_for_a_year(kind: Kind) {
    let settings = [("ORIGIN", "https://tea.example"), ("PROXIES", "127.0.0.1")];
    let mut shop = Shop::with(kind, &settings).await;
    for path in ["/", "/nowhere", "/member", "/api/orders"] {
        let answer = shop.get("Ada", path).await;
        let hsts = answer.header("strict-transport-security").unwrap_or_default();
        assert!(hsts.contains("max-age=31536000"), "{path}: {hsts}");
        assert!(!hsts.contains("includeSubDomains"), "{path}: {hsts}");
    }
    // No header of hers says that this is another place.
    for (name, value) in [
        ("x-forwarded-host", "mallory.example"),
        ("x-forwarded-proto", "http"),
        ("host", "mallory.example"),
    ] {
        let form = Request::new(Method::POST, "/basket")
            .form("tea=assam")
            .header("origin", "https://mallory.example")
            .header(name, value);
        let answer = shop.send("Ada", form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
}

async fn a_wrong_setting_or_no_key_ends_the_start_and_tells_no_secret(kind: Kind) {
    let place = kind.place();
    let accounts = place.folder().join("accounts.db");
    let (store, accounts) =
        (place.store.as_str(), accounts.to_str().expect("text"));
    let key = step_24::secret::new_key();
    let key = ("SESSION_KEY", key.as_str());
    let file = place.folder().join("session.key");
    std::fs::write(&file, key.1).expect("it can be written");
    let file = ("SESSION_KEY_FILE", file.to_str().expect("text"));
    // Whoever tries it out on a file needs no key.
    let no_key = if matches!(kind, Kind::Sqlite) {
        vec![("SESSION_KEY", "")]
    } else {
        vec![]
    };
    for more in [
        no_key,
        vec![("SESSION_KEY", "")],
        vec![("SESSION_KEY", "a-secret")],
        vec![("SESSION_KEY", "c2VjcmV0")],
        // As it was written, others may read it.
        vec![file],
        vec![key, file],
        vec![key, ("PROXIES", "0.0.0.0/0")],
        vec![key, ("ORIGIN", "http://tea.example")],
        vec![key, ("FRONTENDS", "*")],
        vec![key, ("METRICS", "0.0.0.0:9090")],
        vec![key, ("TOKEN_MINUTES", "100000")],
    ] {
        let environment =
            [vec![("STORE", store), ("ACCOUNTS_DB", accounts)], more.clone()];
        let environment = environment.concat();
        let line = trial::refuses_to_start(Start {
            program: PROGRAM,
            environment: &environment,
        });
        assert!(line.contains("cannot start"), "{more:?}: {line}");
        let secret = key.1.rsplit(' ').next().unwrap_or_default();
        assert!(!line.contains("a-secret") && !line.contains(secret), "{line}");
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one").port()
}

async fn numbers(port: u16) -> String {
    let request =
        "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    String::from_utf8_lossy(&wire::ask(port, request.as_bytes()).await).into_owned()
}

async fn the_finest_log_and_the_numbers_hold_nothing_that_opens_anything(
    kind: Kind,
) {
    let port = free_port();
    let metrics = format!("127.0.0.1:{port}");
    let settings = [("LOG", "trace"), ("METRICS", metrics.as_str())];
    let mut shop = Shop::with(kind, &settings).await;
    let mut secrets = Secrets::default();
    shop.shops("Ada").await;
    shop.sign_in_as_ada("Phone").await;
    shop.give("Mallory", "/sign-in", "Ada", "a-wrong-secret").await;
    for (path, fields) in
        [("/basket", "tea=oolong"), ("/confirm", RIGHT), ("/password", ANOTHER)]
    {
        for name in ["token", "order"] {
            let value = shop.secret("Ada", name).await;
            secrets.learn(name, &value);
        }
        let (cookie, id) =
            (shop.cookie("Ada"), shop.id("Ada").expect("one").to_string());
        secrets.learn("a cookie", &cookie);
        secrets.learn("an identifier", &id);
        shop.submit("Ada", path, fields).await;
    }
    let body = r#"{"name":"Ada","password":"two cups at four"}"#;
    let given = shop
        .send("A program", Request::new(Method::POST, "/api/tokens").json(body))
        .await;
    let given: serde_json::Value = serde_json::from_str(&given.body).expect("JSON");
    for name in ["access_token", "refresh_token"] {
        let token = given[name].as_str().expect("a token");
        secrets.learn(name, token);
        let bearer = format!("Bearer {token}");
        shop.look("A program", "/api/orders", ("authorization", &bearer)).await;
    }
    for password in [PASSWORD, "a-wrong-secret", "two cups at four"] {
        secrets.learn("a password", password);
    }
    secrets.learn("the key", shop.key.rsplit(' ').next().unwrap_or_default());
    let numbers = numbers(port).await;
    let log = shop.log();
    assert!(
        log.contains("a session begins")
            && numbers.contains("sessions_begun_total")
    );
    assert_eq!(secrets.find(&log), None, "{log}");
    assert_eq!(secrets.find(&numbers), None, "{numbers}");
}

async fn no_form_makes_a_line_of_the_log_and_long_names_are_cut(kind: Kind) {
    let mut shop = Shop::administered(kind).await;
    let line = "x%0A2026-11-27T00:00:00Z++INFO+signs+in+member%3D%22Ada%22%1B%5B2J%E2%80%AE";
    let long = "x".repeat(3_000);
    for text in [line, &long] {
        for (path, field) in [
            ("/sign-in", "password=x&name"),
            ("/register", "password=x&name"),
            ("/basket", "tea"),
            ("/administrator/disable", "name"),
        ] {
            let answer =
                shop.submit("Grace", path, &format!("{field}={text}")).await;
            assert!(!answer.status.is_server_error(), "{path}");
        }
    }
    let log = shop.log();
    assert!(log.contains("refused"), "{log}");
    let others =
        log.lines().filter(|line| line.starts_with("2026-11-27T00:00:00Z"));
    assert_eq!(others.count(), 0, "{log}");
    assert!(
        !log.contains('\u{1b}')
            && !log.contains('\u{202e}')
            && !log.contains(&long)
    );
}

async fn the_log_tells_when_a_session_begins_and_ends_under_a_name_that_opens_nothing(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let id = shop.id("Ada").expect("a session");
    let name = step_24::name::Name::of(&id).to_string();
    shop.sign_out("Ada").await;
    let log = shop.log();
    for what in ["a session begins", "a session ends"] {
        let line = log.lines().find(|line| line.contains(what));
        let line = line.unwrap_or_else(|| panic!("{what}: {log}"));
        assert!(line.contains(&name[..6]), "{what}: {line}");
        assert!(!line.contains(&id.to_string()), "{line}");
    }
}

async fn a_form_of_8_kilobytes_and_a_head_of_16_are_taken_and_no_more(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let token = shop.secret("Ada", "token").await;
    for (length, status) in [(8_192, 303), (8_193, 413), (100_000, 413)] {
        let form = format!("tea=assam&token={token}&x=");
        let form = format!("{form}{}", "x".repeat(length - form.len()));
        let answer = shop.post("Ada", "/basket", &form).await;
        assert_eq!(answer.status.as_u16(), status, "{length}");
    }
    for (length, is_taken) in [(16_000, true), (17_000, false), (200_000, false)] {
        let head = format!(
            "GET /about HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: {}\r\n\r\n",
            "x".repeat(length)
        );
        let answer = wire::ask(shop.port(), head.as_bytes()).await;
        assert_eq!(answer.starts_with(b"HTTP/1.1 200"), is_taken, "{length}");
    }
    assert!(shop.get("Ada", "/").await.text.contains("2 × Assam"));
}

async fn a_hundred_half_requests_keep_nobody_waiting(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let mut halves = Vec::new();
    for _ in 0..50 {
        let fields = "name=Ada&password=x";
        halves.push(shop.send_half("Mallory", "/sign-in", fields).await);
        let mut wire = wire::open(shop.port()).await;
        tokio::io::AsyncWriteExt::write_all(
            &mut wire,
            b"GET / HTTP/1.1\r\nhost: lo",
        )
        .await
        .expect("the program listens");
        halves.push((wire, String::new()));
    }
    shop.program().wait_until_read();
    assert!(shop.is_in("Ada").await);
    assert_eq!(shop.buy("Ada", "oolong").await.status, StatusCode::SEE_OTHER);
    drop(halves);
    assert!(shop.is_in("Ada").await);
}

async fn a_form_under_way_is_answered_when_the_server_is_told_to_stop(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let half = shop.half("Ada", "/basket", "tea=oolong").await;
    shop.program().signal("TERM");
    shop.program().wait_until_closed();
    assert_eq!(the_rest(half).await, StatusCode::SEE_OTHER);
    shop.start_again();
    assert!(shop.get("Ada", "/").await.text.contains("1 × Oolong"), "it is kept");
}

async fn the_numbers_stand_on_a_port_of_their_own_and_no_client_adds_one(
    kind: Kind,
) {
    let port = free_port();
    let mut shop =
        Shop::with(kind, &[("METRICS", &format!("127.0.0.1:{port}"))]).await;
    shop.shops("Ada").await;
    assert_eq!(shop.get("Ada", "/metrics").await.status, StatusCode::NOT_FOUND);
    let series = |page: &str| {
        let lines = page.lines().filter(|line| line.contains('{'));
        lines
            .filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()))
            .collect::<Vec<_>>()
    };
    let odd = async |shop: &mut Shop, number: u32| {
        for method in [Method::GET, Method::POST] {
            let path = format!("/nowhere/{number}?x={number}");
            let request = Request::new(method, &path)
                .header("user-agent", &format!("agent {number}"))
                .header("x-request-id", &format!("{number}"));
            shop.send("Mallory", request).await;
        }
    };
    odd(&mut shop, 0).await;
    let before = series(&numbers(port).await);
    for number in 1..30 {
        odd(&mut shop, number).await;
    }
    assert_eq!(series(&numbers(port).await), before);
}

async fn probes_make_no_session_and_one_request_too_many_is_told_so(kind: Kind) {
    let mut shop = Shop::with(kind, &[("REQUESTS", "1")]).await;
    shop.shops("Ada").await;
    // A hash keeps the only place for a while: one of the others comes meanwhile.
    let hash = shop.form("Mallory", "/sign-in", "name=Ada&password=x").await;
    let page = shop.form("Nobody", "/sign-out", "").await;
    let crowd = [vec![(shop.port(), hash)], vec![(shop.port(), page); 20]].concat();
    let mut is_told = false;
    for _ in 0..50 {
        let answers = shop.at_once(&crowd).await;
        is_told |= answers.iter().any(|it| it.0 == StatusCode::SERVICE_UNAVAILABLE);
        if is_told {
            break;
        }
    }
    assert!(is_told, "never");
    for path in ["/live", "/ready"] {
        let answer = shop.get("Probe", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    assert!(shop.is_in("Ada").await, "its place is free again");
    assert_eq!(shop.count().await, 1);
}

/// What `new-key` writes is its owner's alone, and takes no other key's place.
#[cfg(unix)]
#[test]
fn a_new_key_is_its_owners_and_a_server_starts_with_it_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.key");
    let make =
        || std::process::Command::new(PROGRAM).arg("new-key").arg(&file).output();
    assert!(make().expect("it starts").status.success());
    let first = std::fs::read_to_string(&file).expect("it can be read");
    assert!(make().expect("it starts").status.success());
    let both = std::fs::read_to_string(&file).expect("it can be read");
    assert!(
        both.contains(first.trim()) && both.len() > first.len(),
        "none is lost"
    );
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let file = file.to_str().expect("text");
    let environment = [("STORE", store.as_str()), ("SESSION_KEY_FILE", file)];
    Program::start(Start { program: PROGRAM, environment: &environment });
}
