//! What the program makes of `STORE`.

use std::{path::Path, process::Command};

use step_20::secret;
use trial::{Browser, Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-20");

/// Why the program does not start with this store, in one line.
fn refusal(folder: &Path, store: &str) -> String {
    let (key, accounts) = (secret::new_key(), folder.join("accounts.db"));
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", store),
        ("ACCOUNTS_DB", accounts.to_str().expect("text")),
    ];
    trial::refuses_to_start(Start { program: PROGRAM, environment: &environment })
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

/// Two programs, as with any other store.
#[test]
fn a_basket_in_a_file_is_there_at_each_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (key, file) = (secret::new_key(), folder.path().join("shop.db"));
    let store = format!("sqlite:{}", file.display());
    let environment = [("SESSION_KEY", key.as_str()), ("STORE", &store)];
    let how = Start { program: PROGRAM, environment: &environment };
    let [one, other] = [Program::start(how), Program::start(how)];
    let ada = Browser::default();
    ada.send_form(&one.url("/basket"), &[("tea", "assam")]);
    let page = ada.get(&other.url("/")).body;
    assert!(page.contains("1 × Assam"), "{page}");
}

#[test]
fn without_a_word_the_file_is_shop_db_in_this_folder() {
    for store in [None, Some("sqlite:shop.db"), Some("sqlite://shop.db")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut program = Command::new(PROGRAM);
        program.env_remove("STORE").envs(store.map(|store| ("STORE", store)));
        let said = program
            .current_dir(folder.path())
            .env("SESSION_KEY", secret::new_key())
            // The file is opened first, and then it ends.
            .env("PORT", "none")
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("port none"), "{store:?}: {said}");
        assert!(folder.path().join("shop.db").is_file(), "{store:?}");
    }
}
