//! A password that was hashed with older parameters is hashed anew at the sign-in, once.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, SaltString, rand_core::OsRng},
};
use conversation::{Conversation, Watched};
use step_09::{
    accounts::{Account, Accounts, InMemory},
    app,
};
use tower_sessions::{MemoryStore, cookie::Key};

/// As somebody hashed it some years ago: with 8 MiB, and one pass.
fn old_hash(password: &str) -> String {
    let params = Params::new(8 * 1024, 1, 1, None).expect("good parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let salt = SaltString::generate(&mut OsRng);
    argon2.hash_password(password.as_bytes(), &salt).expect("a hash").to_string()
}

#[tokio::test]
async fn an_old_hash_is_made_anew_at_the_sign_in_and_only_once() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let accounts = InMemory::default();
    let password_hash = old_hash("a cup before noon");
    accounts.add(Account { name: "Ada".to_owned(), password_hash }).await;
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]), accounts);
    let mut story = Conversation::new("An old hash", app, store);
    for password in ["a+wrong+one", "a+cup+before+noon", "a+cup+before+noon"] {
        story.post("Ada", "/sign-in", &format!("name=Ada&password={password}")).await;
    }
    assert!(story.get("Ada", "/member").await.text.contains("Sign out"));
    assert_eq!(log.text().matches("a password is hashed anew").count(), 1);
}
