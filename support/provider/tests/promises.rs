//! What a client relies on.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use http_body_util::BodyExt;
use provider::Client;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

const ISSUER: &str = "http://localhost:9000";
const BACK: &str = "http://localhost:8080/signed-in";
const SECRET: &str = "a+secret:with=signs &c";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";

fn provider() -> Router {
    let (id, redirect_uri) = ("tea".to_owned(), BACK.to_owned());
    provider::app(ISSUER, Client { id, secret: SECRET.to_owned(), redirect_uri })
}

struct Answer {
    status: StatusCode,
    location: String,
    body: String,
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let Ok(answer) = app.clone().oneshot(request).await;
    let (head, body) = answer.into_parts();
    let location = head.headers.get(header::LOCATION).map(|it| it.to_str().expect("text"));
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer {
        status: head.status,
        location: location.unwrap_or_default().to_owned(),
        body: String::from_utf8(body).expect("text"),
    }
}

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn form(fields: &[(&str, &str)]) -> Body {
    serde_urlencoded::to_string(fields).expect("a form").into()
}

/// What a client asks for, with one thing otherwise.
fn asked(name: &str, value: &str) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let usual = [
        ("response_type", "code"),
        ("client_id", "tea"),
        ("redirect_uri", BACK),
        ("state", "of-the-client"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("response_mode", ""),
    ];
    let said = usual.map(|(it, usual)| (it, if it == name { value } else { usual }));
    format!("/authorize?{}", serde_urlencoded::to_string(said).expect("text"))
}

async fn choose(app: &Router, asked: &str, subject: &str) -> Answer {
    let fields = [("subject", subject)];
    send(app, post(asked).body(form(&fields)).expect("a request")).await
}

/// A code for Ada.
async fn code(app: &Router) -> String {
    let answer = choose(app, &asked("", ""), "ada").await;
    let (_, query) = answer.location.split_once('?').expect("a query");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("pairs");
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    assert_eq!((pairs[1].1.as_str(), pairs[2].1.as_str()), ("of-the-client", ISSUER));
    pairs[0].1.clone()
}

/// Brings a code, with one thing otherwise.
async fn bring(app: &Router, code: &str, name: &str, value: &str) -> Answer {
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let fields = usual.map(|(it, usual)| (it, if it == name { value } else { usual }));
    let encoded: String = serde_urlencoded::to_string([("", SECRET)]).expect("text");
    let secret = if name == "secret" { value } else { &encoded[1..] };
    let credentials = format!("Basic {}", BASE64_STANDARD.encode(format!("tea:{secret}")));
    let request = post("/token").header(header::AUTHORIZATION, credentials);
    send(app, request.body(form(&fields)).expect("a request")).await
}

#[tokio::test]
async fn a_code_says_once_who_has_chosen() {
    let app = provider();
    let code = code(&app).await;
    let answer = bring(&app, &code, "", "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let tokens: Value = serde_json::from_str(&answer.body).expect("JSON");
    let token = tokens["id_token"].as_str().expect("a token");
    let claims = token.split('.').nth(1).expect("claims");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!((&claims["sub"], &claims["aud"]), (&"ada".into(), &"tea".into()));
    let again = bring(&app, &code, "", "").await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.body.contains("invalid_grant"));
}

#[tokio::test(start_paused = true)]
async fn a_code_is_good_for_a_minute() {
    for (seconds, status) in [(59, StatusCode::OK), (61, StatusCode::BAD_REQUEST)] {
        let app = provider();
        let code = code(&app).await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(bring(&app, &code, "", "").await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn a_code_is_nothing_to_whoever_has_not_asked_for_it() {
    let other = VERIFIER.to_uppercase();
    for (name, value, error) in [
        ("code", "another", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("code_verifier", &other, "invalid_grant"),
        ("redirect_uri", "", "invalid_grant"),
        ("redirect_uri", "http://localhost:8080/signed-in/", "invalid_grant"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("secret", "", "invalid_client"),
        ("secret", "another", "invalid_client"),
    ] {
        let app = provider();
        let code = code(&app).await;
        let answer = bring(&app, &code, name, value).await;
        assert!(answer.status.is_client_error(), "{name}={value}");
        assert!(answer.body.contains(error), "{name}={value}: {}", answer.body);
    }
}

#[tokio::test]
async fn nobody_is_led_to_an_address_that_is_not_the_clients() {
    for (name, value) in [
        ("client_id", "another"),
        ("redirect_uri", ""),
        ("redirect_uri", "http://localhost:8080/signed-in/"),
        ("redirect_uri", "http://localhost:8080/signed-in?x"),
        ("redirect_uri", "http://LOCALHOST:8080/signed-in"),
        ("redirect_uri", "http://mallory.example/signed-in"),
    ] {
        let app = provider();
        let request = Request::get(asked(name, value)).body(Body::empty());
        for answer in [
            send(&app, request.expect("a request")).await,
            choose(&app, &asked(name, value), "ada").await,
        ] {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}={value}");
            assert_eq!(answer.location, "", "{name}={value}");
        }
    }
}

#[tokio::test]
async fn what_is_not_understood_goes_back_as_an_error() {
    let app = provider();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let answer = choose(&app, &asked(name, value), "ada").await;
        assert!(answer.location.starts_with(&format!("{BACK}?error={error}&")), "{name}");
    }
    for nobody in ["", "administrator", "Ada"] {
        let answer = choose(&app, &asked("", ""), nobody).await;
        assert!(answer.location.contains("?error=access_denied&"), "{nobody}");
    }
}

#[tokio::test]
async fn a_form_carries_what_an_address_does() {
    let answer = choose(&provider(), &asked("response_mode", "form_post"), "ada").await;
    assert_eq!((answer.status, answer.location.as_str()), (StatusCode::OK, ""));
    assert!(answer.body.contains(&format!(r#"action="{BACK}""#)), "{}", answer.body);
    for name in ["code", "state", "iss"] {
        assert!(answer.body.contains(&format!(r#"name="{name}""#)), "{name}");
    }
}
