//! What a handler may ask for, of which chapter 1 prints an example.

use axum::{
    Form, Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query},
    http::{HeaderMap, Request, StatusCode, header},
    routing::post,
};
use serde::Deserialize;
use tower::ServiceExt;

// ANCHOR: arguments
#[derive(Deserialize)]
struct Asked {
    language: String,
}

#[derive(Deserialize)]
struct Wish {
    cups: u32,
}

async fn order(
    Path(tea): Path<String>,
    Query(asked): Query<Asked>,
    Form(wish): Form<Wish>,
) -> String {
    format!("{} cups of {tea}, in {}", wish.cups, asked.language)
}

fn app() -> Router {
    Router::new().route("/teas/{tea}", post(order))
}
// ANCHOR_END: arguments

async fn ask(path: &str, kind: &str, body: &str) -> (StatusCode, String) {
    ask_of(app(), path, kind, body).await
}

async fn ask_of(
    app: Router,
    path: &str,
    kind: &str,
    body: &str,
) -> (StatusCode, String) {
    let request = Request::post(path).header(header::CONTENT_TYPE, kind);
    let request = request.body(Body::from(body.to_owned())).expect("well formed");
    let answer = app.oneshot(request).await.expect("it answers");
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 4096).await.expect("a short body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_handler_gets_the_path_the_query_and_the_form() {
    let (status, text) = ask("/teas/green?language=en", FORM, "cups=2").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(text, "2 cups of green, in en");
}

#[tokio::test]
async fn a_path_without_braces_goes_before_one_with() {
    let app = app().route("/teas/new", post(async || "a new tea"));
    assert_eq!(ask_of(app.clone(), "/teas/new", FORM, "").await.1, "a new tea");
    let (_, text) = ask_of(app, "/teas/green?language=en", FORM, "cups=2").await;
    assert_eq!(text, "2 cups of green, in en");
}

#[tokio::test]
async fn what_does_not_fit_is_answered_before_the_handler_runs() {
    for (path, kind, body, status) in [
        ("/teas/green", FORM, "cups=2", StatusCode::BAD_REQUEST),
        (
            "/teas/green?language=en",
            FORM,
            "cups=two",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/teas/green?language=en", FORM, "", StatusCode::UNPROCESSABLE_ENTITY),
        (
            "/teas/green?language=en",
            "text/plain",
            "cups=2",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
    ] {
        assert_eq!(ask(path, kind, body).await.0, status, "{path} {kind} {body}");
    }
}

#[tokio::test]
async fn a_body_may_be_json_or_text() {
    let json = async |Json(wish): Json<Wish>| wish.cups.to_string();
    let text = async |headers: HeaderMap, text: String| {
        format!("{} {text}", headers.contains_key(header::CONTENT_TYPE))
    };
    let app = Router::new().route("/json", post(json)).route("/text", post(text));
    let answer =
        ask_of(app.clone(), "/json", "application/json", r#"{"cups": 2}"#).await;
    assert_eq!(answer, (StatusCode::OK, "2".to_owned()));
    let answer = ask_of(app, "/text", "text/plain", "two cups").await;
    assert_eq!(answer, (StatusCode::OK, "true two cups".to_owned()));
}
