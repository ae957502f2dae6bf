//! Settings are read in one place, and each is taken, refused or told.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use step_24::{
    secret,
    settings::{Settings, table},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");

/// No setting has a password with this in it that may be told.
const SECRET: &str = "a-secret-of-mine";

fn read(set: &[(&str, &str)]) -> Result<Settings, String> {
    let value = |name: &str| set.iter().find(|(it, _)| *it == name);
    Settings::read(|name| value(name).map(|(_, value)| value.into()))
}

/// What all of it comes to, but for what the log is told.
fn whole(set: &[(&str, &str)]) -> String {
    let mut settings = read(set).expect("it is right");
    settings.doubts.clear();
    format!("{settings:?}")
}

fn settings(set: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Command::new(PROGRAM);
    program.arg("settings").env_clear().envs(set.iter().copied());
    let output = program.current_dir(folder.path()).output().expect("it starts");
    let made = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(made, 0, "it opens nothing");
    output
}

fn shown(set: &[(&str, &str)]) -> String {
    String::from_utf8(settings(set).stdout).expect("text")
}

#[test]
fn the_table_shows_each_setting_and_why_it_is_so() {
    let shown = shown(&[]);
    for line in shown.lines() {
        assert!(line.chars().count() <= 90, "{line}");
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("settings", shown);
    });
}

#[test]
fn the_table_shows_what_is_set_and_no_secret() {
    let key = secret::new_key();
    let client = format!("tea:{SECRET}");
    let set = [
        ("SESSION_KEY", key.as_str()),
        ("ADMINISTRATOR_PASSWORD", SECRET),
        ("ORIGIN", "http://localhost:8080"),
        ("PROVIDER", "http://localhost:9000"),
        ("PROVIDER_CLIENT", client.as_str()),
    ];
    for (store, told) in [
        ("redis://:a-secret-of-mine@10.0.0.1:1/2", "redis://10.0.0.1 (set)"),
        (
            "redis+sentinel://ada:a-secret-of-mine@a,b/tea",
            "redis+sentinel://a,b (set)",
        ),
        ("postgres://a-secret-of-mine@b/tea?host=c", "postgres://b,c (set)"),
        (
            "postgres://ada:a-secret-of-mine@localhost/tea",
            "postgres://localhost (set)",
        ),
        ("mysql://ada:a-secret-of-mine@localhost", "set"),
        ("sqlite:a\nb.db", r"sqlite:a\nb.db (set)"),
    ] {
        let Output { stdout, stderr, .. } =
            settings(&[&set[..], &[("STORE", store)]].concat());
        let shown = String::from_utf8_lossy(&stdout);
        let line = format!("  {:<23} {told}\n", "STORE");
        assert!(shown.contains(&line), "{store}: {shown}");
        assert!(shown.contains("  ADMINISTRATOR_PASSWORD  set\n"), "{shown}");
        assert!(shown.contains("http://localhost:9000 (set)"), "{shown}");
        let said = format!("{shown}{}", String::from_utf8_lossy(&stderr));
        let (_, key) = key.split_once(' ').expect("a time and a key");
        assert!(!said.contains(SECRET) && !said.contains(key), "{said}");
    }
}

/// Where a login may stand, and where a file is named, somebody may write the secret itself.
#[test]
fn what_is_secret_is_not_told_where_it_does_not_belong() {
    let url = format!("https://tea:{SECRET}@login.example");
    let from = ("MOVE_FROM", "redis://localhost");
    for set in [
        vec![("ORIGIN", url.as_str())],
        vec![("FRONTENDS", &url)],
        vec![("PROVIDER", &url)],
        vec![("PROXIES", &url)],
        vec![("METRICS", &url)],
        vec![("PORT", &url)],
        vec![("SESSION_KEY_FILE", SECRET)],
        vec![from, ("MOVE_SECRETS", SECRET)],
    ] {
        let Output { stdout, stderr, .. } = settings(&set);
        let said = [stdout, stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(SECRET), "{set:?}: {said}");
    }
}

/// A line of a file may end with a blank that nobody sees, or as Windows ends lines.
#[test]
fn a_blank_at_an_end_is_refused_or_counts_for_nothing() {
    let (key, secrets) = (secret::new_key(), secrets());
    let file = secrets.path().join("express.secrets").display().to_string();
    let good = [
        ("SESSION_KEY", key.as_str()),
        ("ORIGIN", "http://localhost:8080"),
        ("PROXIES", "127.0.0.1"),
        ("PROVIDER", "http://localhost:9000"),
        ("PROVIDER_CLIENT", "tea:the-secret"),
        ("FRONTENDS", "http://localhost:3000"),
        ("ADMINISTRATOR_PASSWORD", SECRET),
        ("MOVE_FROM", "redis://localhost"),
        ("MOVE_SECRETS", &file),
        ("METRICS", "127.0.0.1:9090"),
    ];
    let kept = whole(&good);
    let mut taken = BTreeSet::new();
    for setting in table::GROUPS.iter().flat_map(|(_, settings)| settings.iter()) {
        let value = good.iter().find(|(name, _)| *name == setting.name);
        let value = match (value, setting.name) {
            (Some((_, value)), _) => value,
            // It is read elsewhere.
            (None, "LISTEN_FDS") => continue,
            (None, "SESSION_KEY_FILE") => "session.key",
            (None, _) => setting.usual,
        };
        for blank in [" ", "\t", "\r", "\n", "\u{a0}"] {
            for value in [format!("{blank}{value}"), format!("{value}{blank}")] {
                let others = good.into_iter().filter(|(name, _)| {
                    *name != setting.name
                        && (*name, setting.name)
                            != ("SESSION_KEY", "SESSION_KEY_FILE")
                });
                let set: Vec<_> =
                    others.chain([(setting.name, value.as_str())]).collect();
                match read(&set) {
                    Ok(mut settings) => {
                        settings.doubts.clear();
                        assert_eq!(format!("{settings:?}"), kept, "{set:?}");
                        taken.insert(setting.name);
                    }
                    Err(why) => assert!(why.contains(setting.name), "{why}"),
                }
            }
        }
    }
    assert_eq!(Vec::from_iter(taken), ["FRONTENDS", "PROXIES", "SESSION_KEY"]);
}

#[test]
fn what_is_wrong_with_the_redis_of_express_is_not_said_of_ours() {
    let secrets = secrets();
    let file = secrets.path().join("express.secrets").display().to_string();
    let from = ("MOVE_FROM", "redis://localhost/0?password=p@a-word-of-mine");
    let why = read(&[from, ("MOVE_SECRETS", &file)]).expect_err("a stray @");
    assert!(why.starts_with("MOVE_FROM has an @"), "{why}");
}

#[test]
fn the_table_ends_with_why_the_server_would_not_start() {
    let Output { status, stderr, .. } =
        settings(&[("ORIGIN", "https://tea.example")]);
    let said = String::from_utf8_lossy(&stderr);
    assert!(!status.success() && said.contains("would not start: there is no key"));
    assert!(settings(&[]).status.success());
}

#[test]
fn what_the_table_names_is_what_is_read() {
    let asked = RefCell::new(BTreeSet::new());
    let nothing = |name: &str| -> Option<OsString> {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    Settings::read(nothing).expect("it needs nothing");
    let named = table::GROUPS.iter().flat_map(|(_, settings)| settings.iter());
    let named: Vec<&str> = named.map(|setting| setting.name).collect();
    let mut known: BTreeSet<String> =
        named.iter().map(ToString::to_string).collect();
    assert_eq!(known.len(), named.len(), "each is there once");
    // It is taken out of the environment before there is a second thread.
    assert!(known.remove("LISTEN_FDS"));
    assert_eq!(*asked.borrow(), known);
}

#[test]
fn what_a_setting_is_by_itself_is_what_the_table_says() {
    let mut seen = 0;
    for setting in table::GROUPS.iter().flat_map(|(_, settings)| settings.iter()) {
        // Nobody moves from nowhere.
        let counts_alone = !setting.name.starts_with("MOVE_");
        if !counts_alone
            || ["none", "nobody", "nowhere", "what requests say"]
                .contains(&setting.usual)
        {
            continue;
        }
        let besides: &[_] = match setting.name {
            "PROXY_HEADER" => &[("ORIGIN", "http://localhost"), ("PROXIES", "")],
            _ => &[],
        };
        let set = [besides, &[(setting.name, setting.usual)]].concat();
        assert_eq!(whole(&set), whole(besides), "{}", setting.name);
        seen += 1;
    }
    assert_eq!(seen, 13);
}

/// Whoever reads the environment elsewhere has a setting that nobody finds.
#[test]
fn the_environment_is_read_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut places = Vec::new();
    for file in files(&source) {
        let text = fs::read_to_string(&file).expect("text");
        if text.contains("env::var") || text.contains("option_env!") {
            places.push(file.strip_prefix(&source).expect("within").to_owned());
        }
    }
    assert_eq!(places, [Path::new("settings/read.rs")]);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

const SITE: [(&str, &str); 2] =
    [("ORIGIN", "https://tea.example"), ("PROXIES", "127.0.0.1")];

/// A good site with a key, and this besides.
fn on_site(besides: &[(&str, &str)]) -> Result<Settings, String> {
    let key = secret::new_key();
    read(&[&SITE[..], &[("SESSION_KEY", &key)], besides].concat())
}

#[test]
fn a_good_site_is_taken_without_a_doubt() {
    assert!(on_site(&[]).expect("it is right").doubts.is_empty());
}

#[test]
fn a_key_may_be_missing_only_where_somebody_tries_it_out() {
    let doubts = read(&[]).expect("it starts").doubts;
    assert!(doubts.concat().contains("everybody is signed out"), "{doubts:?}");
    assert!(read(&[("ORIGIN", "http://localhost:8080")]).is_ok());
    for set in [&SITE[..], &[("STORE", "redis://localhost")]] {
        let why = read(set).expect_err("it is unsafe");
        assert!(why.contains("there is no key for the cookie"), "{why}");
    }
}

#[test]
fn a_store_is_taken_where_nobody_else_gets() {
    for (store, is_near) in [
        ("redis://localhost", false),
        ("redis://127.0.0.1:1", false),
        ("redis://[::1]:1", false),
        ("redis+cluster://127.0.0.1:1,localhost:2", false),
        ("postgres://tea:tea@localhost/tea", false),
        ("postgres://tea:tea@/tea?host=/run/postgresql", false),
        ("redis://:a-secret-of-mine@10.0.0.1", true),
        ("redis://:a-secret-of-mine@[fd00::1]:1", true),
        ("redis://:a-secret-of-mine@redis", true),
        ("redis+sentinel://:a-secret-of-mine@192.168.0.1,10.0.0.1/tea", true),
        ("postgres://tea:a-secret-of-mine@db.tea.example/tea", true),
        ("memcached://localhost:11211", false),
        // It knows no password: only the network keeps others out.
        ("memcached://10.0.0.1:11211", true),
    ] {
        let doubts = on_site(&[("STORE", store)]).expect(store).doubts.concat();
        assert_eq!(
            doubts.contains("the network between"),
            is_near,
            "{store}: {doubts}"
        );
        assert!(!doubts.contains(SECRET), "{doubts}");
    }
}

/// What stands before an @ is a login to one reader, and an address to another.
#[test]
fn a_password_is_taken_for_no_host_and_no_host_for_another() {
    for store in [
        "postgres://ada:half@a-secret@localhost/tea",
        "postgres://ada:a-secret@2024@10.0.0.5/tea",
        "postgres://ada:p@a-secret/word@localhost/tea",
        "redis://10.0.0.5/0?password=p@a-secret",
        "redis://127.0.0.1:1/0?x=:a-secret@10.9.8.7",
        "redis://203.0.113.9:6379#:a-secret@localhost",
        "redis://203.0.113.9:6379/0?x=:a-secret@localhost",
    ] {
        let why = on_site(&[("STORE", store)]).expect_err(store);
        assert!(why.contains("%40"), "{store}: {why}");
        assert!(!why.contains("a-secret"), "{store}: {why}");
        assert!(!shown(&[("STORE", store)]).contains("a-secret"), "{store}");
    }
}

#[test]
fn an_address_is_public_however_it_is_written() {
    for host in
        ["203.0.113.9", "203.0.113.9.", "3405803785", "0xcb007109", "203.0.28937"]
    {
        let redis = format!("redis://:a-word-of-mine@{host}:6379");
        for set in [
            vec![("STORE", redis.clone())],
            vec![("STORE", format!("postgres://tea:a-word-of-mine@{host}/tea"))],
            vec![("STORE", format!("memcached://{host}:11211"))],
            // There, the old sessions are.
            vec![("MOVE_FROM", redis.clone())],
        ] {
            let secrets = secrets();
            let file = secrets.path().join("express.secrets").display().to_string();
            let mut set: Vec<(&str, &str)> =
                set.iter().map(|(name, value)| (*name, value.as_str())).collect();
            if set[0].0 == "MOVE_FROM" {
                set.push(("MOVE_SECRETS", &file));
            }
            let why = on_site(&set).expect_err(host);
            assert!(why.contains("where everybody gets"), "{set:?}: {why}");
        }
    }
    // Whose own network of many machines that is.
    let near = on_site(&[("STORE", "redis://:a-word-of-mine@100.64.1.2")]);
    assert!(near.expect("it is taken").doubts.concat().contains("no TLS"));
}

/// A folder with the secrets of Express.
fn secrets() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("express.secrets");
    fs::write(&file, "a cat on the roof\n").expect("it is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
    folder
}

/// What the log is told of these names, or why it does not start.
fn told_of(names: &[&str]) -> Result<String, String> {
    let mut settings = read(&[]).expect("it is right");
    settings.doubts.clear();
    let names = names.iter().map(ToString::to_string);
    settings.look_around(names, None).map(|()| settings.doubts.concat())
}

/// A short name is one letter away from words of other programs.
#[test]
fn a_short_name_that_is_written_wrongly_is_told_and_a_long_one_refused() {
    for (name, ours) in [
        ("STORES", "STORE"),
        ("STOER", "STORE"),
        ("store", "STORE"),
        ("PORTS", "PORT"),
        ("POTR", "PORT"),
        ("LOGS", "LOG"),
    ] {
        let told = told_of(&[name]).expect(name);
        assert!(told.contains(&format!("Is {ours} meant?")), "{name}: {told}");
        // Where ours is set as well, nobody has forgotten anything.
        assert_eq!(told_of(&[name, ours]).expect(name), "");
    }
    for (name, ours) in [
        ("ORIGN", "ORIGIN"),
        ("PROXEIS", "PROXIES"),
        ("PROXIES ", "PROXIES"),
        // Of a letter that looks like ours.
        ("ＯRIGIN", "ORIGIN"),
    ] {
        let why = told_of(&[name]).expect_err(name);
        assert!(why.contains(&format!("Is {ours} meant? Write it so")), "{why}");
    }
    for name in ["PATH", "HOME", "HOST", "SHELL", "LOGNAME", "LANG", "PS1", "_"] {
        assert_eq!(told_of(&[name]).expect(name), "");
    }
}

/// Whoever tries it out may be root.
#[test]
fn on_a_site_the_log_is_told_that_it_runs_as_root() {
    let root = "this runs as root";
    let doubts = |mut settings: Settings, user: Option<u32>| {
        let looked = settings.look_around([].into_iter(), user);
        looked.expect("nothing else is set");
        settings.doubts.concat()
    };
    for (user, is_told) in [(Some(0), true), (Some(1), false), (None, false)] {
        let site = on_site(&[]).expect("it is right");
        assert_eq!(doubts(site, user).contains(root), is_told, "{user:?}");
    }
    assert!(!doubts(read(&[]).expect("it is right"), Some(0)).contains(root));
}

#[test]
fn the_log_is_told_of_a_file_of_accounts_that_nobody_opens() {
    let accounts = ("ACCOUNTS_DB", "accounts.db");
    for (store, is_told) in [
        ("sqlite:shop.db", true),
        ("postgres://tea:tea@localhost/tea", true),
        ("redis://localhost", false),
        ("memcached://localhost:11211", false),
    ] {
        let doubts = |besides: &[_]| {
            let set = [&[("STORE", store)][..], besides].concat();
            on_site(&set).expect(store).doubts.concat()
        };
        assert!(!doubts(&[]).contains("ACCOUNTS_DB"), "{store}");
        let told = doubts(&[accounts]).contains("ACCOUNTS_DB is set, and nobody");
        assert_eq!(told, is_told, "{store}");
    }
}

#[test]
fn a_limit_of_requests_is_one_that_can_be_reached() {
    assert!(read(&[("REQUESTS", "512")]).is_ok());
    assert!(read(&[("REQUESTS", "513")]).is_err());
    // Who lowers the one has said nothing of the other.
    assert!(read(&[("CONNECTIONS", "10")]).is_ok());
    assert!(read(&[("CONNECTIONS", "10"), ("REQUESTS", "10")]).is_ok());
    assert!(read(&[("CONNECTIONS", "10"), ("REQUESTS", "11")]).is_err());
}

#[test]
fn each_setting_is_taken_up_to_its_bounds() {
    for (name, least, most) in [
        ("PORT", 0, 65_535),
        ("TOKEN_MINUTES", 1, 1_440),
        ("CONNECTIONS", 1, 100_000),
        ("HEAD_BYTES", 8_192, 1_048_576),
        ("BODY_BYTES", 4_096, 1_048_576),
        ("PATIENCE_SECONDS", 1, 300),
        ("REQUEST_SECONDS", 1, 300),
    ] {
        for (value, is_good) in
            [(least - 1, false), (least, true), (most, true), (most + 1, false)]
        {
            let value = value.to_string();
            assert_eq!(read(&[(name, &value)]).is_ok(), is_good, "{name}={value}");
        }
    }
    let requests =
        |value| read(&[("CONNECTIONS", "100000"), ("REQUESTS", value)]).is_ok();
    assert_eq!(
        ["0", "1", "100000", "100001"].map(requests),
        [false, true, true, false]
    );
    for (password, is_good) in
        [("1234567", false), ("unlikely", true), ("12345678", false)]
    {
        let set = [("ADMINISTRATOR_PASSWORD", password)];
        assert_eq!(read(&set).is_ok(), is_good, "{password}");
    }
}
