//! What step 20 writes in fewer instructions is not what step 19 writes: while one takes the place of
//! the other, both read it.

use axum::{Router, http::Method};
use base64::{Engine, prelude::BASE64_STANDARD};
use instructions::Visitor;
use step_20::secret::{Keys, Ring};
use tower::ServiceExt;
use tower_sessions::cookie::Key;

async fn post(visitor: &mut Visitor, apps: [&Router; 2], path: &str, fields: &str) -> String {
    let request = visitor.request(Method::POST, path, fields);
    let Ok(answer) = apps[0].clone().oneshot(request).await;
    visitor.follow(apps[1], answer).await.expect("a page")
}

#[tokio::test]
async fn step_19_and_step_20_read_what_the_other_one_has_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, key) = (folder.path().join("shop.db"), Key::from(&[7; 64]));
    let keys = Keys::parse(&BASE64_STANDARD.encode(key.master())).expect("a key");
    let before = step_19::sqlite::Sqlite::open(&file).expect("a store");
    let after = step_20::sqlite::Sqlite::open(&file).expect("a store");
    let before = step_19::app(before.clone(), key, before);
    let after = step_20::app(after.clone(), Ring::new(keys), after);
    for apps in [[&before, &after], [&after, &before]] {
        let ada = &mut Visitor::default();
        post(ada, apps, "/basket", "tea=assam").await;
        let page = post(ada, apps, "/remember", "remember=true").await;
        assert!(page.contains("kept for 30 days"), "{page}");
        let page = post(ada, apps, "/basket", "tea=oolong").await;
        assert!(page.contains("Oolong is in your basket"), "{page}");
        let page = ada.look(apps[0], "/").await.expect("a page");
        for text in ["1 × Assam", "1 × Oolong", "kept for 30 days"] {
            assert!(page.contains(text), "{text}: {page}");
        }
    }
}
