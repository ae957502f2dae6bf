//! The last step, tested with the same tools. In a copy, what follows `include!` stands below them
//! in one file, in the place of `server` and its tests.

include!("testing.rs");

// ANCHOR: shop
use step_24::secret::{Keys, Ring, new_key};
use step_24::{site::Site, sqlite::Sqlite, watch::Watch};

/// A server with a file of its own: no two tests may give the same name.
fn shop(name: &str) -> Router {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // That of the last time is there until now, to be looked into.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let store = Sqlite::open(folder.join("shop.db")).unwrap();
    let ring = Ring::new(Keys::parse(&new_key()).unwrap());
    step_24::app(store.clone(), ring, store, Site::default(), Watch::default())
}

/// The token that the forms of this page send along.
fn token(page: &str) -> &str {
    let (_, rest) = page.split_once(r#"name="token" value=""#).unwrap();
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn a_copy_of_the_cookie_opens_nothing_after_the_sign_out() {
    let (app, mut ada) = (shop("sign-out"), CookieStore::default());
    send(&app, &mut ada, "/register", "name=Ada&password=a+cup+before+noon").await;
    let mut mallory = ada.clone();
    let page = send(&app, &mut mallory, "/", "").await;
    assert!(page.contains("You are"), "{page}");
    send(&app, &mut ada, "/sign-out", &format!("token={}", token(&page))).await;
    let page = send(&app, &mut mallory, "/", "").await;
    assert!(!page.contains("You are"), "{page}");
}
// ANCHOR_END: shop
