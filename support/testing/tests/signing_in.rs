//! A later step, tested with the same tools. In a copy, what follows `include!` stands below them
//! in one file, in the place of `server` and its tests.

include!("testing.rs");

// ANCHOR: shop
use step_12::{accounts::InMemory, sweep::Swept};
use tower_sessions::cookie::Key;

fn shop() -> (Router, Rows) {
    let rows = Rows::default();
    let store = Swept::new(rows.clone());
    (step_12::app(store, Key::generate(), InMemory::default()), rows)
}

#[tokio::test]
async fn who_is_signed_in_is_signed_out_after_half_an_hour() {
    let ((app, rows), [mut ada, mut grace]) = (shop(), Default::default());
    let form = "name=Ada&password=a+cup+before+noon";
    let answer = send(&app, &mut ada, "/register", form).await;
    assert!(answer.contains("__Host-id=") && answer.contains("; Secure"), "{answer}");
    let answer = send(&app, &mut grace, "/", "").await;
    assert!(!answer.contains("You are"), "{answer}");
    for (minutes, signed_in) in [(29, true), (1, false)] {
        rows.pass(Duration::minutes(minutes));
        let answer = send(&app, &mut ada, "/", "").await;
        assert_eq!(answer.contains("You are"), signed_in, "{answer}");
    }
}
// ANCHOR_END: shop
