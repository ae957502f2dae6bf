//! Access tokens: who gets in with one, and who tries to.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{Method, StatusCode},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use conversation::{Backend, Conversation};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Validation, crypto,
    dangerous, decode, decode_header,
};
use serde_json::{Value, json};
use step_22::{
    accounts::{Account, Accounts},
    secret::{Keys, Ring, SETTLES, derived},
    site::{Site, Tokens},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::cookie::Key;

#[allow(dead_code, reason = "not each test file asks for all of it")]
mod program;
mod told;
use program::{Answer, PASSWORD, orders, refresh, send, sign_in, with};
use told::{Told, ring};

/// The time at these servers, in seconds since 1970. It stands still.
const NOW: i64 = 1_900_000_000;

/// Servers at which it is always the same time.
fn site() -> Site {
    let now = || OffsetDateTime::from_unix_timestamp(NOW).expect("a time");
    let tokens = Tokens { now, ..Tokens::default() };
    Site { tokens, ..Site::default() }
}

/// A store that knows an administrator, and a server on it.
async fn shop() -> (Told, Router) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let account = Account::administrator(PASSWORD.to_owned()).await;
    let is_new = store.add(account.expect("an account")).await;
    assert!(is_new.expect("a store"));
    let app = store.server_at(site());
    (store, app)
}

#[tokio::test]
async fn a_program_signs_in_and_goes_on() {
    let (_store, app) = shop().await;
    let given = sign_in(&app, "administrator", PASSWORD).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    assert_eq!(given.header("cache-control"), "no-store");
    assert_eq!(given.body["token_type"], "Bearer");
    assert_eq!(given.body["expires_in"], 300);
    assert!(!given.headers.contains_key("set-cookie"));
    let access = given.text("access_token");
    let answer = orders(&app, &access).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!([])));
    let answer = with(&app, Method::GET, "/api/administrator", &access).await;
    assert_eq!(answer.body, json!({ "sessions": 1, "disabled": [] }));
    let given = refresh(&app, &given.text("refresh_token")).await;
    assert_eq!(given.status, StatusCode::OK, "{given:?}");
    assert_eq!(orders(&app, &given.text("access_token")).await.status, 200);
    let last = given.text("refresh_token");
    let answer = with(&app, Method::POST, "/api/tokens/end", &last).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let answer = refresh(&app, &last).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer error="invalid_token""#
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

/// The key that signs access tokens. Nobody but the server has it: what is forged with it
/// here, another program with the same key may have signed for a purpose of its own.
static SECRET: LazyLock<[u8; 32]> =
    LazyLock::new(|| *derived(&ring().keys().signing(), "access token"));

/// What everybody may know: the public half of a key, as the other side publishes it.
const PUBLIC: &[u8] = b"-----BEGIN PUBLIC KEY-----";

fn encoded(text: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// What a token calls the server's key.
fn kid() -> String {
    encoded(&derived(&ring().keys().signing(), "key id")[..8])
}

fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "HS256", "kid": kid() })
}

fn claims() -> Value {
    json!({
        "iss": "tea-shop",
        "aud": "tea-shop/api",
        "sub": "administrator",
        "sid": "x",
        "iat": NOW,
        "exp": NOW + 300,
    })
}

/// The same with these claims changed, and without those that are null.
fn with_claims(changed: Value) -> String {
    let mut claims = claims();
    for (name, value) in changed.as_object().expect("claims") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims.to_string()
}

/// A token that says this, signed with this secret as this algorithm does.
fn sign(
    header: &Value,
    claims: &str,
    secret: &[u8],
    algorithm: Algorithm,
) -> String {
    let said = format!("{}.{}", encoded(header.to_string()), encoded(claims));
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(said.as_bytes(), &key, algorithm);
    format!("{said}.{}", signature.expect("a signature"))
}

/// A token that says this, signed as the server signs.
fn forge(header: &Value, claims: &str) -> String {
    sign(header, claims, &*SECRET, Algorithm::HS256)
}

/// The header with this entry changed, or without it.
fn header_with(name: &str, value: Value) -> Value {
    let mut header = header();
    header[name] = value;
    header.as_object_mut().expect("a header").retain(|_, value| !value.is_null());
    header
}

/// What a program is let in for.
type Check = fn(&str) -> Option<String>;

/// A check as the library does it, with these rules.
fn by(token: &str, rules: &Validation, secret: &[u8]) -> Option<String> {
    let key = DecodingKey::from_secret(secret);
    let claims = decode::<Value>(token, &key, rules).ok()?.claims;
    claims["sub"].as_str().map(str::to_owned)
}

/// As the library's own example has it, and for this audience.
fn rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&["tea-shop/api"]);
    rules
}

fn usual(token: &str) -> Option<String> {
    by(token, &rules(), &*SECRET)
}

/// The program reads the claims, and leaves it at that.
fn reads(token: &str) -> Option<String> {
    let claims: Value = dangerous::insecure_decode_claims(token).ok()?;
    claims["sub"].as_str().map(str::to_owned)
}

/// The token says by which algorithm it is to be checked.
fn as_the_token_says(token: &str) -> Option<String> {
    let algorithm = decode_header(token).ok()?.alg;
    let mut rules = Validation { algorithms: vec![algorithm], ..rules() };
    rules.validate_aud = false;
    match algorithm.family() {
        AlgorithmFamily::Hmac => by(token, &rules, PUBLIC),
        _ => None,
    }
}

/// Each algorithm for which the key is good.
fn any_of_the_family(token: &str) -> Option<String> {
    let mut rules = Validation::new_for_family(AlgorithmFamily::Hmac);
    rules.set_audience(&["tea-shop/api"]);
    by(token, &rules, &*SECRET)
}

/// Node's jsonwebtoken asks for no `exp`, either.
fn for_ever(token: &str) -> Option<String> {
    let mut rules = rules();
    rules.required_spec_claims.clear();
    by(token, &rules, &*SECRET)
}

/// The audience was in the way.
fn for_anybody(token: &str) -> Option<String> {
    let mut rules = rules();
    rules.validate_aud = false;
    by(token, &rules, &*SECRET)
}

/// The key of the cookies is good enough.
fn one_key_for_all(token: &str) -> Option<String> {
    by(token, &rules(), ring().keys().signing().signing())
}

/// What stands after the third part is cut off.
fn first_three_parts(token: &str) -> Option<String> {
    let parts: Vec<&str> = token.split('.').take(3).collect();
    usual(&parts.join("."))
}

/// The attacks, each with a check that lets it in, which many a program has.
fn attacks() -> Vec<(&'static str, String, Check)> {
    let plain = with_claims(json!({}));
    let good = forge(&header(), &plain);
    let none = json!({ "typ": "at+jwt", "alg": "none", "kid": kid() });
    let none = format!("{}.{}.", encoded(none.to_string()), encoded(&plain));
    let (_, other_half) = good.split_once('.').expect("a header");
    // The library looks for this in the claims that it knows.
    let twice = plain.replace(r#""sid":"x""#, r#""sid":"y","sid":"x""#);
    let long = with_claims(json!({ "note": "x".repeat(100_000) }));
    let hs512 = header_with("alg", json!("HS512"));
    // The library judges by the clock of the machine.
    let ended = OffsetDateTime::now_utc().unix_timestamp() - 1;
    let ended = with_claims(json!({ "exp": ended, "iat": ended - 300 }));
    vec![
        ("alg none", none, reads),
        (
            "no signature",
            format!("{}.", good.rsplit_once('.').expect("one").0),
            reads,
        ),
        (
            "a public key as the secret",
            sign(&header(), &plain, PUBLIC, Algorithm::HS256),
            as_the_token_says,
        ),
        (
            "another algorithm of the family",
            sign(&hs512, &plain, &*SECRET, Algorithm::HS512),
            any_of_the_family,
        ),
        (
            "the key of the cookies",
            sign(
                &header(),
                &plain,
                ring().keys().signing().signing(),
                Algorithm::HS256,
            ),
            one_key_for_all,
        ),
        (
            "no exp",
            forge(&header(), &with_claims(json!({ "exp": null }))),
            for_ever,
        ),
        ("ended a second ago", forge(&header(), &ended), usual),
        (
            "for another service",
            forge(&header(), &with_claims(json!({ "aud": "tea-shop/reports" }))),
            for_anybody,
        ),
        (
            "for no service",
            forge(&header(), &with_claims(json!({ "aud": null }))),
            usual,
        ),
        (
            "for several services",
            forge(
                &header(),
                &with_claims(
                    json!({ "aud": ["tea-shop/api", "tea-shop/reports"] }),
                ),
            ),
            usual,
        ),
        (
            "of another issuer",
            forge(&header(), &with_claims(json!({ "iss": "coffee-shop" }))),
            usual,
        ),
        (
            "of no issuer",
            forge(&header(), &with_claims(json!({ "iss": null }))),
            usual,
        ),
        ("an ID token", forge(&header_with("typ", json!("JWT")), &plain), usual),
        ("no type", forge(&header_with("typ", Value::Null), &plain), usual),
        (
            "a key of nobody",
            forge(&header_with("kid", json!("../../dev/null")), &plain),
            usual,
        ),
        ("no key named", forge(&header_with("kid", Value::Null), &plain), usual),
        ("a claim twice", forge(&header(), &twice), usual),
        ("100 KB", forge(&header(), &long), usual),
        ("a fourth part", format!("{good}.{good}"), first_three_parts),
        (
            "of another time",
            forge(&header(), &with_claims(json!({ "iat": NOW + 61 }))),
            usual,
        ),
        ("nobody's", forge(&header(), &with_claims(json!({ "sid": null }))), usual),
        (
            "a header of one's own",
            format!("{}.{other_half}", encoded(r#"{"alg":"HS256"}"#)),
            reads,
        ),
    ]
}

#[tokio::test]
async fn each_attack_succeeds_against_a_naive_check_and_fails_here() {
    let (_store, app) = shop().await;
    let good = forge(&header(), &with_claims(json!({})));
    assert_eq!(orders(&app, &good).await.status, StatusCode::OK);
    for (what, token, naive) in attacks() {
        let got_in = naive(&token);
        assert_eq!(got_in.as_deref(), Some("administrator"), "{what}");
        let answer = orders(&app, &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        let asked = answer.header("www-authenticate");
        assert_eq!(asked, r#"Bearer error="invalid_token""#, "{what}");
    }
}

#[tokio::test]
async fn a_token_counts_to_the_second_at_which_it_ends() {
    let (_store, app) = shop().await;
    for (exp, status) in [
        (NOW + 1, StatusCode::OK),
        (NOW, StatusCode::UNAUTHORIZED),
        (NOW - 1, StatusCode::UNAUTHORIZED),
    ] {
        let token = forge(&header(), &with_claims(json!({ "exp": exp })));
        assert_eq!(orders(&app, &token).await.status, status, "{exp}");
    }
    // Two servers' clocks are never the same.
    let token = forge(&header(), &with_claims(json!({ "iat": NOW + 60 })));
    assert_eq!(orders(&app, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_which_one_character_is_another_is_none() {
    let (_store, app) = shop().await;
    let good = sign_in(&app, "administrator", PASSWORD).await.text("access_token");
    for at in 0..good.len() {
        for other in ["A", "B", "_", ".", "=", " ", ""] {
            let mut token = good.clone();
            token.replace_range(at..=at, other);
            if token != good {
                let status = orders(&app, &token).await.status;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{at} {other:?}");
            }
        }
    }
}

/// Each is signed for its own purpose.
#[tokio::test]
async fn a_cookie_and_a_refresh_token_are_no_access_tokens_nor_the_other_way_round()
{
    let (store, app) = shop().await;
    let given = sign_in(&app, "administrator", PASSWORD).await;
    let token = given.text("refresh_token");
    assert_eq!(orders(&app, &token).await.status, StatusCode::UNAUTHORIZED);
    let cookie = cookie(&store, &app).await;
    let value = cookie.trim_start_matches("__Host-id=");
    assert_eq!(orders(&app, value).await.status, StatusCode::UNAUTHORIZED);
    let access = given.text("access_token");
    assert_eq!(refresh(&app, &access).await.status, StatusCode::UNAUTHORIZED);
    let named = [("cookie", &*format!("__Host-id={access}"))];
    let answer = send(&app, Method::GET, "/member", &named, Value::Null).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "to sign in");
}

/// And a browser's cookie opens nothing of what an access token does.
#[tokio::test]
async fn a_cookie_counts_for_nothing_where_an_access_token_is_asked_for() {
    let (store, app) = shop().await;
    let cookie = cookie(&store, &app).await;
    for path in ["/api/orders", "/api/administrator"] {
        let answer = browse(&app, path, &cookie).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let asked = answer.header("www-authenticate");
        assert_eq!(asked, r#"Bearer realm="shop""#, "{path}");
    }
    assert_eq!(browse(&app, "/member", &cookie).await.status, StatusCode::OK);
}

async fn browse(app: &Router, path: &str, cookie: &str) -> Answer {
    send(app, Method::GET, path, &[("cookie", cookie)], Value::Null).await
}

/// The cookie of the administrator's browser.
async fn cookie(store: &Told, app: &Router) -> String {
    let form = "name=administrator&password=a+cup+before+noon";
    let mut story = Conversation::new("A browser", app.clone(), store.clone());
    let answer = story.post("Vera", "/sign-in", form).await;
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_header_that_is_not_one_bearer_token_is_none() {
    let (_store, app) = shop().await;
    let good = forge(&header(), &with_claims(json!({})));
    let bearer = format!("Bearer {good}");
    for (headers, status) in [
        (vec![bearer.clone()], StatusCode::OK),
        (vec![format!("bearer {good}")], StatusCode::OK),
        (vec![], StatusCode::UNAUTHORIZED),
        (vec![bearer.clone(), bearer.clone()], StatusCode::UNAUTHORIZED),
        (vec![format!("Basic {good}")], StatusCode::UNAUTHORIZED),
        (vec![format!("Bearer  {good}")], StatusCode::UNAUTHORIZED),
        (vec![format!("Bearer {good}, Bearer {good}")], StatusCode::UNAUTHORIZED),
        (vec![good.clone()], StatusCode::UNAUTHORIZED),
        (vec!["Bearer".to_owned()], StatusCode::UNAUTHORIZED),
        (vec!["Bearer \u{e9}".to_owned()], StatusCode::UNAUTHORIZED),
    ] {
        let lines: Vec<(&str, &str)> =
            headers.iter().map(|line| ("authorization", line.as_str())).collect();
        let path = "/api/orders";
        let answer = send(&app, Method::GET, path, &lines, Value::Null).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
    // An address stands in logs, and in the history of browsers.
    let path = format!("/api/orders?access_token={good}");
    let answer = send(&app, Method::GET, &path, &[], Value::Null).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

/// Keys of these letters, each so old.
fn keys(of: &[(u8, Duration)]) -> Keys {
    let line = |(letter, age): &(u8, Duration)| {
        let made = (OffsetDateTime::now_utc() - *age).format(&Rfc3339);
        let key = base64::prelude::BASE64_STANDARD.encode([*letter; 64]);
        format!("{} {key}", made.expect("a date"))
    };
    let lines: Vec<String> = of.iter().map(line).collect();
    Keys::parse(&lines.join("\n")).expect("keys")
}

/// What a token calls the key of this letter.
fn kid_of(letter: u8) -> String {
    encoded(&derived(&Key::from(&[letter; 64]), "key id")[..8])
}

#[tokio::test]
async fn tokens_change_keys_in_the_two_phases_of_the_cookie() {
    let (store, _) = shop().await;
    let ring = Ring::new(keys(&[(1, Duration::HOUR)]));
    let app = step_22::app(store.clone(), ring.clone(), store.clone(), site());
    let sign_in = async || {
        sign_in(&app, "administrator", PASSWORD).await.text("access_token")
    };
    let signed_by = |token: &str| decode_header(token).ok()?.kid;
    let first = sign_in().await;
    assert_eq!(signed_by(&first), Some(kid_of(1)));
    // A new key signs nothing until the other servers have it.
    ring.replace(keys(&[(1, Duration::HOUR), (2, Duration::ZERO)]));
    assert_eq!(signed_by(&sign_in().await), Some(kid_of(1)));
    ring.replace(keys(&[(1, Duration::HOUR), (2, SETTLES)]));
    let second = sign_in().await;
    assert_eq!(signed_by(&second), Some(kid_of(2)));
    assert_eq!(orders(&app, &first).await.status, StatusCode::OK);
    // And once the old one is taken away, what it has signed is nothing, at once.
    ring.replace(keys(&[(2, SETTLES)]));
    assert_eq!(orders(&app, &first).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(orders(&app, &second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_has_the_token_reads_the_name_and_the_role() {
    let (_store, app) = shop().await;
    let token = sign_in(&app, "administrator", PASSWORD).await.text("access_token");
    let said: Value = dangerous::insecure_decode_claims(&token).expect("claims");
    let names: Vec<&String> = said.as_object().expect("claims").keys().collect();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "role", "sid", "sub"]);
    assert_eq!(said["sub"], "administrator");
    assert_eq!(said["role"], "administrator");
}

/// Whatever the account says by now.
#[tokio::test]
async fn a_token_that_says_nothing_of_a_role_opens_nothing_that_needs_one() {
    let (_store, app) = shop().await;
    let path = "/api/administrator";
    let token = forge(&header(), &with_claims(json!({})));
    let answer = with(&app, Method::GET, path, &token).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // And one that does, behind which no session stands, opens it no more.
    let token = forge(&header(), &with_claims(json!({ "role": "administrator" })));
    let answer = with(&app, Method::GET, path, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_password_is_counted_as_at_the_page() {
    let (_store, app) = shop().await;
    for _ in 0..5 {
        let answer = sign_in(&app, "administrator", "a wrong password").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.text("detail").starts_with("There is no member"));
    }
    let answer = sign_in(&app, "administrator", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header("retry-after").is_empty());
}

/// No page, and so no form of another origin.
#[tokio::test]
async fn what_is_no_json_signs_nobody_in() {
    let (store, app) = shop().await;
    let form = "name=administrator&password=a+cup+before+noon";
    let mut story = Conversation::new("A form", app.clone(), store.clone());
    let answer = story.post("Vera", "/api/tokens", form).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for body in [json!({}), json!([]), json!({ "name": "administrator" })] {
        let answer = send(&app, Method::POST, "/api/tokens", &[], body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let foreign = [("origin", "https://mallory.example")];
    let body = json!({ "name": "administrator", "password": PASSWORD });
    let answer = send(&app, Method::POST, "/api/tokens", &foreign, body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(store.rows().is_empty());
}

#[tokio::test]
async fn a_store_that_is_out_of_reach_is_a_problem_and_no_wrong_token() {
    let (store, app) = shop().await;
    let given = sign_in(&app, "administrator", PASSWORD).await;
    store.fail("disk I/O error");
    for (method, path, token) in [
        (Method::POST, "/api/tokens/refresh", "refresh_token"),
        (Method::POST, "/api/tokens/end", "refresh_token"),
        (Method::GET, "/api/orders", "access_token"),
        (Method::GET, "/api/administrator", "access_token"),
    ] {
        let answer = with(&app, method, path, &given.text(token)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["status"], 503, "{path}");
    }
}

/// The log repeats what of a program's JSON it did not understand. Step 23 does not.
#[tokio::test]
async fn hole_a_password_that_is_no_text_stands_in_the_log() {
    let app = Told::new().server_at(site());
    let log = trial::Log::default();
    let _guard = log.listen();
    let credentials = json!({ "name": "Ada", "password": 93_571_846 });
    let answer = send(&app, Method::POST, "/api/tokens", &[], credentials).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(log.text().contains("93571846"), "{}", log.text());
}
