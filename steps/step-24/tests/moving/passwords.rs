//! Hashes of passwords that another program has made.

use step_24::{
    accounts::{Account, Accounts},
    secret,
    sqlite::Sqlite,
};
use trial::{Program, Start};

/// What the package `argon2` of npm makes of `password`, by its own tests (argon2id with its
/// defaults, of 64 MiB).
const NPMS: &str = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$rBWULD5jOGpQy32rLvGcmvQMVqIVNAmrCtekWvUA8bw";

/// A hash of bcrypt, as its authors give one for `U*U`.
const BCRYPTS: &str =
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

async fn answered(hash: &str, password: &str) -> u16 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db").display().to_string();
    let store = Sqlite::open(&file).expect("a new file");
    let account = Account::new("Ada".to_owned(), hash.to_owned());
    assert!(store.add(account).await.expect("it is kept"));
    let (key, store) = (secret::new_key(), format!("sqlite:{file}"));
    let environment = [("SESSION_KEY", key.as_str()), ("STORE", &store)];
    let start =
        Start { program: env!("CARGO_BIN_EXE_step-24"), environment: &environment };
    let program = Program::start(start);
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let form = [("name", "Ada"), ("password", password)];
    let answer = config.new_agent().post(program.url("/sign-in")).send_form(form);
    answer.expect("it answers").status().as_u16()
}

#[tokio::test]
async fn a_hash_of_npms_argon2_lets_in_whoever_has_the_password() {
    assert_eq!(answered(NPMS, "password").await, 303);
    assert_eq!(answered(NPMS, "passworld").await, 403);
}

#[tokio::test]
async fn a_hash_of_bcrypt_lets_nobody_in() {
    assert_eq!(answered(BCRYPTS, "U*U").await, 500);
}
