//! The conversations that the book prints beside those of its steps.

use express::{Express, transcript};

/// Keeps a text as the book includes it: under three lines of header.
pub(crate) fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn the_second_visit_to_express_finds_the_count_of_the_first() {
    let mut story = Express::start("").conversation();
    assert!(story.get("Ada", "/").await.text.contains("You have been here 1 time."));
    assert_eq!(story.last_calls(), ["set"]);
    assert!(story.get("Ada", "/").await.text.contains("You have been here 2 times."));
    assert_eq!(story.last_calls(), ["get", "set"]);
    keep("first_and_second_visit", &transcript(&story));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn destroy_leaves_the_cookie_in_the_browser() {
    let mut story = Express::start("").conversation();
    story.get("Ada", "/").await;
    let answer = story.post("Ada", "/destroy", "").await;
    assert_eq!(answer.text, "req.session is undefined");
    assert_eq!(answer.header("set-cookie"), None);
    assert!(story.rows().is_empty());
    assert_eq!(story.cookies("Ada").len(), 1);
    assert!(story.get("Ada", "/").await.text.contains("You have been here 1 time."));
    keep("destroy", &transcript(&story));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn regenerate_gives_a_new_identifier_and_an_empty_session() {
    let mut story = Express::start("").conversation();
    story.get("Ada", "/").await;
    let before = story.cookies("Ada")[0].value.clone();
    let answer = story.post("Ada", "/regenerate", "").await;
    assert_eq!(answer.text, "visits: none");
    assert_ne!(story.cookies("Ada")[0].value, before);
    assert_eq!(story.rows().len(), 1);
    assert!(story.get("Ada", "/").await.text.contains("You have been here 1 time."));
    keep("regenerate", &transcript(&story));
}
