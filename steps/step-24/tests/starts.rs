//! What the program makes of its settings.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use step_24::{
    secret,
    site::{ProxyHeader, Site},
};
use time::OffsetDateTime;
use trial::{Browser, Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");

/// Why the program does not start with this store, in one line.
fn refusal(folder: &Path, store: &str) -> String {
    let (key, accounts) = (secret::new_key(), folder.join("accounts.db"));
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", store),
        ("ACCOUNTS_DB", accounts.to_str().expect("text")),
    ];
    let has_none = ["redis", "memcached"];
    let keeps_accounts = !has_none.iter().any(|it| store.starts_with(it));
    let environment = &environment[..if keeps_accounts { 2 } else { 3 }];
    trial::refuses_to_start(Start { program: PROGRAM, environment })
}

#[test]
fn what_names_no_store_is_one_line_with_what_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for store in [
        "",
        ":",
        "a-secret",
        "shop.db",
        "sqlite",
        "sqlite:",
        "sqlite://",
        "mysql://tea:a-secret@localhost/tea",
        "rediss://:a-secret@localhost",
        "redis+sentinel://:a-secret@localhost:1",
        "redis+cluster://:a-secret@",
        "redis:a-secret",
        "postgres:a-secret",
        "postgres://tea:a-secret@localhost:port/tea",
        "SQLITE:shop.db",
        "memcached:",
        "memcached://localhost",
        "memcached://ada:a-secret@localhost:11211",
    ] {
        let line = refusal(folder.path(), store);
        assert!(line.contains("STORE is not such as "), "{store}: {line}");
        assert!(!line.contains("a-secret"), "{store}: {line}");
    }
}

/// On the first port nobody listens.
#[test]
fn a_server_that_is_not_there_is_one_line_with_how_to_start_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (store, how) in [
        ("postgres://tea:a-secret@127.0.0.1:1/tea", "`docker run --rm -p"),
        ("redis://:a-secret@127.0.0.1:1", "`redis-server --appendonly yes`"),
        ("redis+sentinel://:a-secret@127.0.0.1:1/tea", "`redis-server"),
        ("redis+cluster://:a-secret@127.0.0.1:1", "`redis-server"),
        ("memcached://127.0.0.1:1", "`memcached -l 127.0.0.1`"),
    ] {
        let line = refusal(folder.path(), store);
        assert!(line.contains(how) && line.contains("STORE="), "{line}");
        assert!(!line.contains("a-secret"), "{line}");
    }
    let line = refusal(folder.path(), "sqlite:/nowhere/shop.db");
    assert!(line.contains("/nowhere/shop.db: No such file"), "{line}");
    let line = refusal(folder.path(), "sqlite:///nowhere/shop.db");
    assert!(line.contains("/nowhere/shop.db: No such file"), "{line}");
}

#[test]
fn there_is_an_administrator_if_a_password_is_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let (key, password) = (secret::new_key(), "a cup before noon");
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", &store),
        ("ADMINISTRATOR_PASSWORD", password),
    ];
    let program = Start { program: PROGRAM, environment: &environment };
    let (server, vera) = (Program::start(program), Browser::default());
    let credentials = [("name", "administrator"), ("password", password)];
    vera.send_form(&server.url("/sign-in"), &credentials);
    assert_eq!(vera.get(&server.url("/administrator")).status, 200);
}

#[test]
fn a_redis_whose_clock_is_another_one_is_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for ahead in [3600, -62] {
        let line = refusal(folder.path(), &liar(ahead));
        assert!(line.contains("the clock of Redis is "), "{line}");
        assert!(line.contains(" s ahead. Set both."), "{line}");
    }
}

/// Something that says that it is a Redis, and so many seconds ahead.
fn liar(ahead: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("somebody comes");
            thread::spawn(move || lie(client, ahead));
        }
    });
    format!("redis://{address}")
}

fn lie(mut client: TcpStream, ahead: i64) -> Option<()> {
    let mut asked = BufReader::new(client.try_clone().ok()?).lines();
    loop {
        let parts: usize = asked.next()?.ok()?.get(1..)?.parse().ok()?;
        let words: Vec<String> =
            asked.by_ref().take(2 * parts).map_while(Result::ok).collect();
        let answer = match words.get(1)?.as_str() {
            "HELLO" => "%1\r\n+server\r\n+redis\r\n".to_owned(),
            "INFO" => {
                let info = "redis_version:7.0.15\r\nmaxmemory:0\r\naof_enabled:1";
                format!("${}\r\n{info}\r\n", info.len())
            }
            "TIME" => {
                let now = OffsetDateTime::now_utc().unix_timestamp() + ahead;
                let now = now.to_string();
                format!("*2\r\n${}\r\n{now}\r\n$1\r\n0\r\n", now.len())
            }
            _ => "+OK\r\n".to_owned(),
        };
        client.write_all(answer.as_bytes()).ok()?;
    }
}

#[test]
fn without_a_word_the_file_is_shop_db_in_this_folder() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let taken = listener.local_addr().expect("an address");
    for store in [None, Some("sqlite:shop.db"), Some("sqlite://shop.db")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut program = Command::new(PROGRAM);
        program.env_remove("STORE").envs(store.map(|store| ("STORE", store)));
        let said = program
            .current_dir(folder.path())
            .env("SESSION_KEY", secret::new_key())
            // The file is opened first, and then it ends.
            .env("PORT", taken.port().to_string())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("Choose another one"), "{store:?}: {said}");
        assert!(folder.path().join("shop.db").is_file(), "{store:?}");
    }
}

#[test]
fn a_setting_that_is_wrong_is_one_line_with_what_it_would_be() {
    let key = secret::new_key();
    for (name, value, why) in [
        ("ORIGIN", "", "is not such as https://tea.example"),
        ("ORIGIN", "tea.example", "is not such as"),
        ("ORIGIN", "https://tea.example/", "without a path"),
        ("ORIGIN", "https://tea.example/shop", "without a path"),
        ("ORIGIN", "https://Tea.example", "in lower case"),
        ("ORIGIN", "HTTPS://tea.example", "in lower case"),
        ("ORIGIN", "https://tea.example:443", "what is in a browser's address bar"),
        ("ORIGIN", "https://ada:a-secret@tea.example", "is not such as"),
        ("ORIGIN", " https://tea.example", "begins or ends with a blank"),
        ("ORIGIN", "https://tea.example,https://tee.example", "is not such as"),
        ("ORIGIN", "https://t\u{e9}.example", "is not such as"),
        ("ORIGIN", "null", "is not such as"),
        ("ORIGIN", "file:///shop", "is not such as"),
        ("ORIGIN", "http://tea.example", "is not https"),
        ("ORIGIN", "http://localhost.example", "is not https"),
        ("ORIGIN", "ftp://tea.example", "is not https"),
        ("FRONTENDS", "*", "one of FRONTENDS is not such as"),
        ("FRONTENDS", "null", "one of FRONTENDS is not such as"),
        ("FRONTENDS", "https://*.tea.example", "is not such as"),
        (
            "FRONTENDS",
            "https://app.tea.example,https://b.tea.example/",
            "is not such",
        ),
        ("FRONTENDS", "http://app.tea.example", "is not https"),
        (
            "PROXIES",
            "nginx",
            r#"one of PROXIES is "nginx", and not such as 127.0.0.1"#,
        ),
        ("PROXIES", "127.0.0.1:80", "not such as"),
        ("PROXIES", "127.0.0.1 10.0.0.1", "not such as"),
        ("PROXIES", "10.0.0.0/33", "not such as"),
        ("PROXIES", "*", "not such as"),
        ("PROXIES", "127.0.0.1\nrm", r#"is "127.0.0.1\nrm""#),
        ("PROXIES", "127.0.0.1, 0.0.0.0/0", "then strangers may say who they are"),
        ("PROXIES", "0.0.0.0/1,128.0.0.0/1", "then strangers may say who they are"),
        ("PROXIES", "10.0.0.0/7", "no wider than a /8, or a /16 of IPv6"),
        ("PROXIES", "::/0", "then strangers may say who they are"),
        ("PROXIES", "2000::/3", "then strangers may say who they are"),
        ("PROXIES", "fd00::/15", "no wider than a /8, or a /16 of IPv6"),
        ("PROXIES", "::ffff:10.0.0.0/104", "Write it as an IPv4 address"),
        ("PROXY_HEADER", "", "is neither x-forwarded-for nor forwarded"),
        ("PROXY_HEADER", "x-real-ip", "is neither x-forwarded-for nor forwarded"),
        ("PROXY_HEADER", "forwarded, x-forwarded-for", "is neither"),
        ("TOKEN_MINUTES", "", "is not such as 5"),
        ("TOKEN_MINUTES", "0", "from 1 to 1440"),
        ("TOKEN_MINUTES", "-5", "from 1 to 1440"),
        ("TOKEN_MINUTES", "1441", "from 1 to 1440"),
        ("TOKEN_MINUTES", "5m", "is not such as 5"),
        ("TOKEN_MINUTES", "99999999999999999999", "is not such as 5"),
        ("BODY_BYTES", "", "is no number from 4096 to 1048576."),
        ("BODY_BYTES", "8k", "is no number from"),
        ("BODY_BYTES", "4095", "is no number from"),
        ("HEAD_BYTES", "8191", "is no number from 8192 to 1048576."),
        ("HEAD_BYTES", "1048577", "is no number from"),
        ("PATIENCE_SECONDS", "0", "is no number from 1 to 300."),
        ("REQUEST_SECONDS", "301", "is no number from 1 to 300."),
        ("REQUEST_SECONDS", "-1", "is no number from"),
        ("CONNECTIONS", "0", "is no number from 1 to 100000."),
        ("REQUESTS", "99999999999999999999", "is no number from 1 to 100000."),
        ("METRICS", "9090", "not such as 127.0.0.1:9090."),
        ("METRICS", "localhost:9090", "not such as 127.0.0.1:9090."),
        ("METRICS", "0.0.0.0:9090", "there, everybody could read it."),
        ("METRICS", "[::]:9090", "there, everybody could read it."),
        ("METRICS", "203.0.113.9:9090", "there, everybody could read it."),
        ("ADMINISTRATOR_PASSWORD", "a-secre", "must have 8 to 128 characters"),
        ("ADMINISTRATOR_PASSWORD", "password1", "none of the commonest"),
        ("ACCOUNTS_DB", "", "is empty."),
        ("LOG", "everything", "is none of error, warn, info, debug and trace."),
        ("LOG_FORMAT", "xml", "is neither text nor json."),
    ] {
        // If it did not refuse this, it would still not start.
        let environment =
            [("SESSION_KEY", key.as_str()), ("STORE", "none"), (name, value)];
        let start = Start { program: PROGRAM, environment: &environment };
        let line = trial::refuses_to_start(start);
        assert!(line.contains(name) && line.contains(why), "{value}: {line}");
        assert!(!line.contains("a-secret"), "{line}");
    }
}

/// Whoever reads that it listens begins to ask.
#[test]
fn where_the_numbers_cannot_be_told_nothing_says_that_it_listens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let at = taken.local_addr().expect("an address").to_string();
    let output = Command::new(PROGRAM)
        .current_dir(folder.path())
        .env("SESSION_KEY", secret::new_key().as_str())
        .env("PORT", "0")
        .env("METRICS", &at)
        .output()
        .expect("it starts");
    let line = String::from_utf8_lossy(&output.stderr);
    assert!(line.contains(&format!("METRICS {at}: ")), "{line}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn each_setting_that_is_right_is_taken() {
    let site = |name: &str, value: &str| {
        Site::parse(|it| (it == name).then(|| value.into())).expect("it is right")
    };
    for origin in [
        "https://tea.example",
        "https://tea.example:8443",
        "https://xn--t-bga.example",
        "http://localhost:8080",
        "http://tea.localhost",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://[2001:db8::1]",
    ] {
        let read = site("ORIGIN", origin).origin.expect("an origin");
        assert_eq!(read.to_string(), origin);
    }
    let proxies = site("PROXIES", "127.0.0.1,::1 , 10.0.0.0/8,fd00::/16,").proxies;
    let proxies: Vec<String> = proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["127.0.0.1/32", "::1/128", "10.0.0.0/8", "fd00::/16"]);
    assert_eq!(
        site("PROXY_HEADER", "Forwarded").proxy_header,
        ProxyHeader::Forwarded
    );
    assert_eq!(
        site("FRONTENDS", "https://a.example,https://b.example").frontends.len(),
        2
    );
    for minutes in [1, 5, 1440] {
        let read = site("TOKEN_MINUTES", &minutes.to_string()).tokens.lives;
        assert_eq!(read, time::Duration::minutes(minutes));
    }
    for metrics in ["127.0.0.1:9090", "10.0.0.1:80", "[::1]:9090", "[fd00::1]:9090"]
    {
        let read = site("METRICS", metrics).metrics.expect("an address");
        assert_eq!(read.to_string(), metrics);
    }
    let capacity = |name: &str, value: &str| site(name, value).capacity;
    assert_eq!(capacity("BODY_BYTES", "1048576").body_bytes, 1_048_576);
    assert_eq!(capacity("HEAD_BYTES", "8192").head_bytes, 8_192);
    assert_eq!(capacity("CONNECTIONS", "1").connections, 1);
    assert_eq!(capacity("REQUESTS", "100000").requests, 100_000);
    let seconds = Duration::from_secs;
    assert_eq!(capacity("PATIENCE_SECONDS", "1").patience, seconds(1));
    assert_eq!(capacity("REQUEST_SECONDS", "300").request, seconds(300));
    let nothing = Site::parse(|_| None).expect("it needs nothing");
    assert_eq!(
        (nothing.capacity.connections, nothing.capacity.requests),
        (512, 256)
    );
    assert!(nothing.metrics.is_none());
    assert_eq!(nothing.proxy_header, ProxyHeader::XForwardedFor);
    assert!(nothing.origin.is_none() && nothing.proxies.is_empty());
    assert!(nothing.frontends.is_empty());
    assert_eq!(nothing.tokens.lives, time::Duration::minutes(5));
    assert_eq!(nothing.tokens.grace, time::Duration::seconds(10));
}

/// Why the program does not start with this provider, in one line.
fn refusal_with(settings: &[(&str, &str)]) -> String {
    let key = secret::new_key();
    let mut environment = vec![("SESSION_KEY", key.as_str())];
    environment.extend(settings);
    trial::refuses_to_start(Start { program: PROGRAM, environment: &environment })
}

#[test]
fn a_provider_that_cannot_be_asked_is_one_line_without_the_secret() {
    let here = ("ORIGIN", "http://localhost:8080");
    let client = ("PROVIDER_CLIENT", "tea:a-secret");
    for (provider, why) in [
        ("", "PROVIDER is not such as https://"),
        ("login.example", "PROVIDER is not such as https://"),
        ("https://login.example/", "without a path"),
        ("https://tea:a-secret@login.example", "PROVIDER is not such as"),
        ("http://login.example", "PROVIDER is not https"),
    ] {
        let line = refusal_with(&[here, client, ("PROVIDER", provider)]);
        assert!(line.contains(why), "{provider}: {line}");
        assert!(!line.contains("a-secret"), "{line}");
    }
    let provider = ("PROVIDER", "http://localhost:9000");
    for client in ["", "tea", "tea:", ":a-secret"] {
        let line = refusal_with(&[here, provider, ("PROVIDER_CLIENT", client)]);
        assert!(line.contains("PROVIDER_CLIENT is not such as tea:"), "{line}");
        assert!(!line.contains("a-secret"), "{line}");
    }
    let line = refusal_with(&[here, provider]);
    assert!(line.contains("PROVIDER_CLIENT is not such as tea:"), "{line}");
    let line = refusal_with(&[provider, client]);
    assert!(line.contains("PROVIDER needs ORIGIN"), "{line}");
}

#[test]
fn a_provider_that_is_set_is_on_the_page_to_sign_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let key = secret::new_key();
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", store.as_str()),
        ("ORIGIN", "http://localhost:8080"),
        ("PROVIDER", "http://localhost:9000"),
        ("PROVIDER_CLIENT", "tea:a-secret"),
    ];
    let start = Start { program: PROGRAM, environment: &environment };
    let program = Program::start(start);
    let page = Browser::default().get(&program.url("/sign-in")).body;
    assert!(page.contains("Sign in with localhost:9000"), "{page}");
    assert!(!page.contains("a-secret"));
}

/// Whatever the program serves with, it ends as before.
#[test]
fn it_ends_when_it_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str()), ("STORE", &store)];
    let start = Start { program: PROGRAM, environment: &environment };
    for signal in ["INT", "TERM"] {
        trial::ends_when_told(start, signal);
    }
    trial::ends_when_told_twice(start);
}

/// A real site that lacks nothing, so that what is refused is what a test adds.
fn refusal_of_a_site(besides: &[(&str, &str)]) -> String {
    let site = [("ORIGIN", "https://tea.example"), ("PROXIES", "127.0.0.1")];
    let line = refusal_with(&[&site[..], besides].concat());
    assert!(!line.contains("a-secret"), "{line}");
    line
}

#[test]
fn a_store_that_others_get_to_is_refused_and_its_password_not_told() {
    for (store, why) in [
        ("redis://10.0.0.1", "10.0.0.1 without a password"),
        ("redis://redis", "redis without a password"),
        ("redis://ada@redis:6379/0", "redis without a password"),
        ("redis+sentinel://127.0.0.1,10.0.0.1/tea", "10.0.0.1 without a password"),
        ("redis+cluster://localhost:7001,[fd00::1]:7002", "fd00::1 without a"),
        ("redis://:foobared@10.0.0.1", "with a password out of a manual"),
        ("redis://:%74ea@10.0.0.1", "with a password out of a manual"),
        ("redis+sentinel://:te%61@10.0.0.1/tea", "a password out of a manual"),
        ("postgres://tea@db.tea.example/tea", "db.tea.example without a password"),
        ("postgres://tea:tea@db.tea.example/tea", "a password out of a manual"),
        ("postgres://tea:%74ea@db.tea.example/tea", "a password out of a manual"),
        ("postgres://tea:a-secret@8.8.8.8/tea", "8.8.8.8, where everybody gets"),
        ("postgres://tea:a-secret@a/tea?hostaddr=8.8.8.8", "where everybody gets"),
        ("memcached://8.8.8.8:11211", "8.8.8.8, where everybody gets"),
        ("redis://:a-secret@8.8.8.8", "8.8.8.8, where everybody gets"),
        ("redis://:a-secret@[2001:db8::1]:1", "2001:db8::1, where everybody gets"),
    ] {
        let line = refusal_of_a_site(&[("STORE", store)]);
        assert!(
            line.contains("STORE is at ") && line.contains(why),
            "{store}: {line}"
        );
    }
}

/// What another key would not mend.
#[cfg(unix)]
#[test]
fn how_to_make_a_key_is_said_only_where_there_is_no_file() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, store) =
        (path("session.key"), format!("sqlite:{}", path("shop.db")));
    let environment = [("SESSION_KEY_FILE", file.as_str()), ("STORE", &store)];
    let refusal = || {
        let start = Start { program: PROGRAM, environment: &environment };
        trial::refuses_to_start(start)
    };
    let line = refusal();
    assert!(line.contains("No such file") && line.contains("new-key"), "{line}");
    for (text, mode, why) in [
        (secret::new_key().as_str(), 0o644, "others may read it: `chmod 600"),
        ("", 0o600, "the key is 0 bytes long, and 64 are needed"),
    ] {
        fs::write(&file, text).expect("it can be written");
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(&file, mode).expect("it is ours");
        let line = refusal();
        assert!(line.contains(why) && !line.contains("new-key"), "{line}");
    }
}

#[test]
fn a_store_in_memory_is_refused_and_no_file_is_made_of_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for store in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:a.db?mode=rwc",
        "sqlite:file:a",
    ] {
        let output = Command::new(PROGRAM)
            .current_dir(folder.path())
            .env("STORE", store)
            .output()
            .expect("it starts");
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(line.contains("there is no store in memory"), "{store}: {line}");
    }
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_get_at_is_refused() {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let within = folder.path().join("data");
    fs::create_dir(&within).expect("it can be made");
    let file = within.join("shop.db");
    fs::write(&file, "").expect("it can be written");
    let may = |path: &Path, mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(path, mode).expect("it is ours");
    };
    let text = file.display().to_string();
    let sqlite = format!("sqlite:{text}");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let taken = listener.local_addr().expect("an address").to_string();
    // On the first port, nobody listens.
    let redis = ("STORE", "redis://127.0.0.1:1");
    for settings in
        [&[("STORE", sqlite.as_str())][..], &[redis, ("ACCOUNTS_DB", &text)]]
    {
        may(&within, 0o770);
        for mode in [0o604, 0o602] {
            may(&file, mode);
            let line = refusal_with(settings);
            assert!(line.contains(&format!("`chmod 600 {text}`")), "{line}");
        }
        may(&file, 0o660);
        // What SQLite has beside it is as secret.
        for beside in ["-wal", "-shm"] {
            let beside = format!("{text}{beside}");
            fs::write(&beside, "").expect("it can be written");
            may(Path::new(&beside), 0o644);
            let line = refusal_with(settings);
            assert!(line.contains(&format!("`chmod 600 {beside}`")), "{line}");
            fs::remove_file(&beside).expect("it is there");
        }
        may(&within, 0o777);
        let line = refusal_with(settings);
        assert!(
            line.contains(&format!("`chmod o-w {}`", within.display())),
            "{line}"
        );
        // A link leads there, or a folder in which all may write is further up.
        let link = folder.path().join("link.db");
        symlink(&file, &link).expect("it can be made");
        let deep = within.join("deep");
        fs::create_dir_all(&deep).expect("it can be made");
        may(&deep, 0o700);
        for other in [link.clone(), deep.join("shop.db")] {
            let other = other.display().to_string();
            let store = format!("sqlite:{other}");
            let other = match settings.len() {
                1 => vec![("STORE", store.as_str())],
                _ => vec![redis, ("ACCOUNTS_DB", &other)],
            };
            let line = refusal_with(&other);
            assert!(line.contains("`chmod o-w "), "{line}");
        }
        fs::remove_file(&link).expect("it is there");
        // Nobody replaces a file of somebody else's there, nor where only a group may write.
        for mode in [0o1777, 0o770] {
            may(&within, mode);
            let line = refusal_with(&[settings, &[("METRICS", &taken)]].concat());
            assert!(!line.contains("chmod"), "{line}");
        }
    }
}

#[test]
fn a_site_that_lacks_what_makes_it_one_is_refused() {
    let origin = ("ORIGIN", "https://tea.example");
    for (set, why) in [
        (&[origin][..], "share one limit. Name it, such as PROXIES=127.0.0.1."),
        (
            &[("PROXIES", "127.0.0.1")],
            "Set it, such as ORIGIN=https://tea.example.",
        ),
        (
            &[("PROXY_HEADER", "forwarded")],
            "PROXY_HEADER is set, and PROXIES is not",
        ),
        (&[("PROVIDER_CLIENT", "tea:a-secret")], "set, and PROVIDER is not"),
        (&[("CONNECTIONS", "10"), ("REQUESTS", "11")], "Set REQUESTS no higher."),
        (&[("ORIGINS", "https://tea.example")], "Is ORIGIN meant?"),
        (&[("PROXY_HAEDER", "forwarded")], "Is PROXY_HEADER meant?"),
        (&[("session_key_file", "session.key")], "Is SESSION_KEY_FILE meant?"),
        (
            &[("ADMINSTRATOR_PASWORD", "a-secret")],
            "Is ADMINISTRATOR_PASSWORD meant?",
        ),
    ] {
        let line = refusal_with(set);
        assert!(line.contains(why) && !line.contains("a-secret"), "{line}");
    }
    for (set, why) in [
        (&[("FRONTENDS", "http://localhost:5173")][..], "could read the basket"),
        (&[("ADMINISTRATOR_PASSWORD", "the kettle is on")], "the one in the book"),
        (
            &[
                ("PROVIDER", "http://localhost:9000"),
                ("PROVIDER_CLIENT", "tea:a-secret"),
            ],
            "Name the provider's https address.",
        ),
    ] {
        let line = refusal_of_a_site(set);
        assert!(line.contains(why), "{line}");
    }
}

/// A platform sets some of them for all its programs.
#[test]
fn what_others_call_it_is_told_and_not_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    let (key, store) = (secret::new_key(), format!("sqlite:{}", file.display()));
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", &store),
        ("DATABASE_URL", "postgres://tea:a-secret@db.example/tea"),
        ("TRUST_PROXY", "1"),
    ];
    let start = Start { program: PROGRAM, environment: &environment };
    let server = Program::start(start);
    server.signal("TERM");
    let said = server.wait().stderr;
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains(
            "TRUST_PROXY is set, and nobody reads it: here it is PROXIES"
        )
    );
    // Where ours is set as well, nobody has forgotten anything.
    assert!(!said.contains("DATABASE_URL") && !said.contains("a-secret"), "{said}");
}

/// Whoever has read nothing yet sees a shop.
#[test]
fn with_nothing_set_it_starts_and_says_that_its_key_does_not_last() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let environment = [("STORE", store.as_str())];
    let start = Start { program: PROGRAM, environment: &environment };
    let server = Program::start(start);
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
    server.signal("TERM");
    let said = server.wait().stderr;
    assert!(
        String::from_utf8_lossy(&said).contains("no key is set: this one lasts")
    );
}
