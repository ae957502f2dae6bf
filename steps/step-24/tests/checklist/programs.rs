//! Members' programs, and the tokens that they bring.

use std::collections::HashSet;

use axum::http::{Method, StatusCode};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use conversation::{Answer, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use step_24::secret::derived;
use time::OffsetDateTime;
use tower_sessions::cookie::Key;

use crate::{
    people::{ANOTHER, RIGHT},
    shop::{PASSWORD, Shop, key_of},
    stores::{Kind, on_each_store},
};

on_each_store! {
    an_access_token_that_is_changed_or_signed_otherwise_is_none,
    an_access_token_has_five_minutes_and_counts_to_the_second,
    each_token_counts_for_its_purpose_and_in_no_others_place,
    what_ends_the_session_ends_the_programs_too,
    a_refresh_token_that_comes_again_ends_what_came_of_it,
    hole_a_thief_who_alone_refreshes_goes_on,
    two_that_refresh_at_once_get_the_same_and_an_answer_that_was_lost_comes_again,
    a_cookie_does_nothing_where_programs_ask,
    a_program_guesses_five_times_like_a_page,
    tokens_and_cookies_follow_a_change_of_keys,
}

/// What a program gets that signs in as Ada: an access token, and a refresh token.
async fn tokens(shop: &mut Shop) -> (String, String) {
    let answer = sign_in(shop, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    given(&answer)
}

async fn sign_in(shop: &mut Shop, password: &str) -> Answer {
    let body = json!({ "name": "Ada", "password": password }).to_string();
    shop.send("A program", Request::new(Method::POST, "/api/tokens").json(&body))
        .await
}

fn given(answer: &Answer) -> (String, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn orders(shop: &mut Shop, access: &str) -> StatusCode {
    let request = Request::new(Method::GET, "/api/orders");
    let bearer = format!("Bearer {access}");
    shop.send("A program", request.header("authorization", &bearer)).await.status
}

async fn refresh(shop: &mut Shop, token: &str) -> Answer {
    let request = Request::new(Method::POST, "/api/tokens/refresh");
    let bearer = format!("Bearer {token}");
    shop.send("A program", request.header("authorization", &bearer)).await
}

/// The key of the shop, which Mallory would like to have.
fn key(shop: &Shop) -> Key {
    let key = shop.key.rsplit(' ').next().unwrap_or_default();
    Key::from(&BASE64_STANDARD.decode(key).expect("base64"))
}

/// What an access token says, and the head of one.
fn parts(access: &str) -> [Value; 2] {
    let mut parts =
        access.split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
    let mut next = || parts.next().and_then(Result::ok).unwrap_or_default();
    [next(), next()].map(|part| serde_json::from_slice(&part).expect("JSON"))
}

/// A token with these claims, signed as the shop signs.
fn minted(shop: &Shop, access: &str, claims: &Value) -> String {
    let [head, _] = parts(access);
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        kid: head["kid"].as_str().map(str::to_owned),
        ..Header::new(Algorithm::HS256)
    };
    let secret = derived(&key(shop), "access token");
    encode(&header, claims, &EncodingKey::from_secret(&*secret))
        .expect("it is signed")
}

async fn an_access_token_that_is_changed_or_signed_otherwise_is_none(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (access, _) = tokens(&mut shop).await;
    assert_eq!(orders(&mut shop, &access).await, StatusCode::OK);
    for at in (0..access.len() - 1).step_by(5) {
        let other = if access.as_bytes()[at] == b'A' { "B" } else { "A" };
        let forged = format!("{}{other}{}", &access[..at], &access[at + 1..]);
        assert_eq!(
            orders(&mut shop, &forged).await,
            StatusCode::UNAUTHORIZED,
            "{at}"
        );
    }
    let [head, claims] = parts(&access);
    let encoded = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    for algorithm in ["none", "None", "RS256", "HS384", "ES256"] {
        let mut head = head.clone();
        head["alg"] = algorithm.into();
        let start = format!("{}.{}", encoded(&head), encoded(&claims));
        let signature = access.rsplit('.').next().unwrap_or_default();
        for forged in [format!("{start}."), format!("{start}.{signature}"), start] {
            assert_eq!(
                orders(&mut shop, &forged).await,
                StatusCode::UNAUTHORIZED,
                "{algorithm}"
            );
        }
    }
    let mut header = Header::new(Algorithm::HS256);
    (header.typ, header.kid) =
        (Some("at+jwt".to_owned()), head["kid"].as_str().map(str::to_owned));
    for known in ["", "secret", "access token", head["kid"].as_str().expect("text")]
    {
        let forged =
            encode(&header, &claims, &EncodingKey::from_secret(known.as_bytes()));
        let forged = forged.expect("it is signed");
        assert_eq!(
            orders(&mut shop, &forged).await,
            StatusCode::UNAUTHORIZED,
            "{known}"
        );
    }
}

async fn an_access_token_has_five_minutes_and_counts_to_the_second(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (access, _) = tokens(&mut shop).await;
    let [_, claims] = parts(&access);
    let number = |name: &str| claims[name].as_i64().expect("a number");
    assert_eq!(number("exp") - number("iat"), 300);
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for (exp, status) in [
        (now + 200, StatusCode::OK),
        (now, StatusCode::UNAUTHORIZED),
        (now - 1, StatusCode::UNAUTHORIZED),
        (i64::MIN, StatusCode::UNAUTHORIZED),
    ] {
        let mut claims = claims.clone();
        claims["exp"] = exp.into();
        let minted = minted(&shop, &access, &claims);
        assert_eq!(orders(&mut shop, &minted).await, status, "{}", exp - now);
    }
    for (name, value) in [
        ("aud", json!("tea-shop")),
        ("aud", json!("coffee-shop/api")),
        ("iss", json!("coffee-shop")),
        ("iat", json!(now + 600)),
        ("exp", Value::Null),
        ("aud", Value::Null),
        ("iss", Value::Null),
    ] {
        let mut claims = claims.clone();
        match value {
            Value::Null => {
                drop(claims.as_object_mut().and_then(|it| it.remove(name)))
            }
            value => claims[name] = value,
        }
        let minted = minted(&shop, &access, &claims);
        assert_eq!(
            orders(&mut shop, &minted).await,
            StatusCode::UNAUTHORIZED,
            "{claims}"
        );
    }
}

async fn each_token_counts_for_its_purpose_and_in_no_others_place(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (access, token) = tokens(&mut shop).await;
    let cookie = shop.cookie("Ada");
    for other in [&token, &cookie, &cookie[44..].to_owned(), &String::new()] {
        assert_eq!(
            orders(&mut shop, other).await,
            StatusCode::UNAUTHORIZED,
            "{other}"
        );
    }
    for other in [&access, &cookie, &cookie[44..].to_owned(), &String::new()] {
        let answer = refresh(&mut shop, other).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{other}");
    }
    let id = token.split('.').next().unwrap_or_default().to_owned();
    for other in [&access, &token, &id] {
        assert!(!shop.opens(other).await, "{other}");
    }
    let [_, claims] = parts(&access);
    assert!(
        !claims.to_string().contains(&id),
        "it says nothing that opens anything"
    );
    assert_eq!(refresh(&mut shop, &token).await.status, StatusCode::OK);
}

async fn what_ends_the_session_ends_the_programs_too(kind: Kind) {
    for ending in ["end-others", "password", "administrator", "disable", "own"] {
        let mut shop = Shop::administered(kind).await;
        shop.shops("Ada").await;
        let (access, token) = tokens(&mut shop).await;
        match ending {
            "end-others" => shop.submit("Ada", "/devices/end-others", "").await,
            "password" => shop.submit("Ada", "/password", ANOTHER).await,
            "administrator" => {
                shop.submit("Grace", "/administrator/end-all", "").await
            }
            "disable" => {
                shop.submit("Grace", "/administrator/disable", "name=Ada").await
            }
            _ => {
                let request = Request::new(Method::POST, "/api/tokens/end");
                let bearer = format!("Bearer {token}");
                shop.send("A program", request.header("authorization", &bearer))
                    .await
            }
        };
        let answer = refresh(&mut shop, &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{ending}");
        // Nothing takes it back, and it has five minutes.
        assert_eq!(orders(&mut shop, &access).await, StatusCode::OK, "{ending}");
    }
}

async fn a_refresh_token_that_comes_again_ends_what_came_of_it(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (_, first) = tokens(&mut shop).await;
    let mut all = vec![first.clone()];
    for _ in 0..3 {
        let answer = refresh(&mut shop, &all[all.len() - 1]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        all.push(given(&answer).1);
    }
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4, "each is another one");
    let answer = refresh(&mut shop, &first).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = refresh(&mut shop, &all[3]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "both are out");
    assert!(shop.is_in("Ada").await, "her browser is not");
}

/// Nobody has the other half: Ada's program never asks again.
async fn hole_a_thief_who_alone_refreshes_goes_on(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (_, mut token) = tokens(&mut shop).await;
    for _ in 0..10 {
        let answer = refresh(&mut shop, &token).await;
        assert_eq!(answer.status, StatusCode::OK);
        token = given(&answer).1;
    }
}

async fn two_that_refresh_at_once_get_the_same_and_an_answer_that_was_lost_comes_again(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (_, token) = tokens(&mut shop).await;
    let (one, other) =
        (refresh(&mut shop, &token).await, refresh(&mut shop, &token).await);
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    let next = given(&one).1;
    assert_eq!(given(&other).1, next);
    assert_eq!(refresh(&mut shop, &next).await.status, StatusCode::OK);
}

async fn a_cookie_does_nothing_where_programs_ask(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for (method, path) in [
        (Method::GET, "/api/orders"),
        (Method::GET, "/api/administrator"),
        (Method::POST, "/api/tokens/refresh"),
        (Method::POST, "/api/tokens/end"),
    ] {
        let answer = shop.send("Ada", Request::new(method, path)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    assert!(shop.is_in("Ada").await);
    let (access, token) = tokens(&mut shop).await;
    assert!(shop.cookies("A program").is_empty(), "and none is given there");
    for bearer in [access, token] {
        let bearer = format!("Bearer {bearer}");
        let answer =
            shop.look("Mallory", "/member", ("authorization", &bearer)).await;
        assert!(!answer.text.contains("Sign out"));
    }
}

async fn a_program_guesses_five_times_like_a_page(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for number in 0..5 {
        let answer = sign_in(&mut shop, "wrong").await;
        assert!(answer.status.is_client_error(), "{number}");
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{number}");
    }
    let answer = sign_in(&mut shop, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let answer = shop.sign_in_as_ada("Mallory").await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "they are counted together"
    );
    assert_eq!(
        shop.submit("Ada", "/confirm", RIGHT).await.status,
        StatusCode::SEE_OTHER
    );
}

/// In two phases: the new key signs, and the older one is still accepted; then it goes.
async fn tokens_and_cookies_follow_a_change_of_keys(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.shops("Grace").await;
    let (access, token) = tokens(&mut shop).await;
    let (old, new) = (shop.key.clone(), key_of(2021));
    let copy = shop.cookie("Grace");
    shop.set("SESSION_KEY", &format!("{old}\n{new}"));
    shop.crash();
    assert_eq!(orders(&mut shop, &access).await, StatusCode::OK);
    let next = refresh(&mut shop, &token).await;
    assert_eq!(next.status, StatusCode::OK, "{}", next.body);
    let (new_access, new_token) = given(&next);
    assert_ne!(parts(&access)[0]["kid"], parts(&new_access)[0]["kid"]);
    let before = shop.cookie("Ada");
    assert!(shop.is_in("Ada").await);
    assert_ne!(shop.cookie("Ada"), before, "it is signed anew");
    shop.set("SESSION_KEY", &new);
    shop.crash();
    assert!(shop.is_in("Ada").await, "nobody who came meanwhile is signed out");
    assert_eq!(orders(&mut shop, &new_access).await, StatusCode::OK);
    assert_eq!(refresh(&mut shop, &new_token).await.status, StatusCode::OK);
    for stale in [&before, &copy] {
        assert!(
            !shop.opens(stale).await,
            "what the key has signed that was taken away"
        );
    }
    assert_eq!(orders(&mut shop, &access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&mut shop, &token).await.status, StatusCode::UNAUTHORIZED);
    let answer = shop.get("Grace", "/").await;
    assert!(!answer.text.contains("Sign out") && shop.cookie("Grace").is_empty());
}
