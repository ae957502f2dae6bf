//! Forms that no page of the shop has shown, and what other origins get.

use axum::http::{Method, StatusCode};
use conversation::{Initiator, Request};

use crate::{
    people::ADAS,
    shop::Shop,
    stores::{Kind, on_each_store},
};

on_each_store! {
    a_form_of_another_origin_does_nothing_even_with_the_token,
    a_form_without_the_token_of_this_session_does_nothing,
    another_site_signs_nobody_in_and_nobody_out,
    whoever_looks_changes_nothing_by_get_or_head,
    no_other_origin_reads_an_answer_but_those_that_are_named,
    a_frontend_puts_in_a_packet_with_the_token_after_a_preflight_only,
}

/// The paths at which something can be done, as the program's source has them. What a provider
/// or a program sends is not done by a cookie.
fn deeds() -> Vec<String> {
    let source = include_str!("../../src/lib.rs");
    let routes = source.split(".route(\"").skip(1);
    let found = routes.filter_map(|route| {
        let (path, rest) = route.split_once('"')?;
        let is_one = rest.trim_start_matches(", ").starts_with("post(")
            && path != "/signed-in"
            && !path.starts_with("/api/tokens");
        is_one.then(|| path.to_owned())
    });
    found.collect()
}

/// What may be asked of each of them.
const FIELDS: &str = "tea=sencha&remember=true&handle=x&name=Ada&order=x&\
                      password=a+cup+before+noon&new=two+cups+at+four";

async fn a_form_of_another_origin_does_nothing_even_with_the_token(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let before = shop.live().await;
    let fields = format!("token={}&{FIELDS}", shop.secret("Ada", "token").await);
    let deeds = deeds();
    assert!(deeds.len() >= 15, "{deeds:?}");
    for path in &deeds {
        for (name, value) in [
            ("origin", "null"),
            ("origin", "https://localhost:4000"),
            ("origin", "http://localhost"),
            ("origin", "foo://localhost:8080"),
            ("origin", "http://localhost:8080.mallory.example"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "same-origin, cross-site"),
        ] {
            let form =
                Request::new(Method::POST, path).form(&fields).header(name, value);
            let answer = shop.send("Ada", form).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path} {name}: {value}"
            );
        }
    }
    assert_eq!(shop.live().await, before);
    let ours = Request::new(Method::POST, "/basket")
        .form(&fields)
        .header("origin", "http://localhost:8080")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(
        shop.send("Ada", ours).await.status,
        StatusCode::SEE_OTHER,
        "ours is taken"
    );
}

async fn a_form_without_the_token_of_this_session_does_nothing(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Mallory").await;
    shop.buy("Ada", "assam").await;
    let strangers = shop.secret("Ada", "token").await;
    shop.post("Ada", "/register", &format!("token={strangers}&{ADAS}")).await;
    assert!(shop.is_in("Ada").await);
    let mallorys = shop.secret("Mallory", "token").await;
    let before = shop.live().await;
    for path in deeds() {
        for token in ["", "x", &mallorys, &strangers] {
            let fields = format!("token={token}&{FIELDS}");
            let answer = shop.post("Ada", &path, &fields).await;
            let status = if path.contains("administrator") { 404 } else { 403 };
            assert_eq!(answer.status, status, "{path} {token}");
        }
        let answer = shop.post("Ada", &path, FIELDS).await;
        assert!(answer.status.is_client_error(), "{path} without one");
    }
    assert_eq!(shop.live().await, before);
}

/// What a page elsewhere makes Ada's browser send has no cookie and another origin.
async fn another_site_signs_nobody_in_and_nobody_out(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Mallory").await;
    shop.shops("Ada").await;
    for (path, fields) in [
        ("/sign-in", "name=Mallory&password=a+cup+before+noon"),
        ("/register", "name=Eve&password=a+cup+before+noon"),
        ("/sign-out", ""),
        ("/start-over", ""),
    ] {
        let form = Request::new(Method::POST, path)
            .form(fields)
            .from(Initiator::CrossSiteForm)
            .header("origin", "https://mallory.example")
            .header("sec-fetch-site", "cross-site");
        let answer = shop.send("Ada", form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    let page = shop.get("Ada", "/").await.text;
    assert!(page.contains("Ada") && page.contains("1 × Assam"), "{page}");
}

async fn whoever_looks_changes_nothing_by_get_or_head(kind: Kind) {
    let mut shop = Shop::administered(kind).await;
    shop.shops("Ada").await;
    let said = shop.buy("Ada", "assam").await;
    let said = said.header("location").expect("a page").to_owned();
    let before = shop.live().await;
    let paths = deeds().into_iter().chain([
        said.clone(),
        "/".to_owned(),
        "/member".to_owned(),
    ]);
    let with_fields = paths.map(|path| {
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{path}{mark}{FIELDS}")
    });
    for path in with_fields.collect::<Vec<_>>() {
        for who in ["Ada", "Grace"] {
            let answer = shop.send(who, Request::new(Method::HEAD, &path)).await;
            assert!(
                !answer.status.is_server_error() && answer.body.is_empty(),
                "{path}"
            );
        }
    }
    assert_eq!(shop.live().await, before, "HEAD takes no message away either");
    assert!(shop.get("Ada", &said).await.text.contains("is in your basket"));
    for path in deeds() {
        shop.get("Ada", &format!("{path}?{FIELDS}")).await;
        shop.get("Grace", &format!("{path}?{FIELDS}")).await;
    }
    assert!(shop.is_in("Ada").await && shop.is_in("Grace").await);
    let page = shop.get("Ada", "/").await.text;
    assert!(page.contains("2 × Assam") && !page.contains("Sencha —"), "{page}");
    assert!(shop.orders("Ada").await.is_empty());
}

const FRONTEND: &str = "https://frontend.example";

async fn no_other_origin_reads_an_answer_but_those_that_are_named(kind: Kind) {
    let mut shop = Shop::with(kind, &[("FRONTENDS", FRONTEND)]).await;
    shop.shops("Ada").await;
    for origin in [
        "https://mallory.example",
        "null",
        "https://frontend.example.mallory.example",
    ] {
        for path in ["/", "/member", "/api/basket", "/api/orders", "/nowhere"] {
            let answer = shop.look("Ada", path, ("origin", origin)).await;
            let allowed = answer
                .headers
                .iter()
                .find(|(name, _)| name.contains("allow-origin"));
            assert_eq!(allowed, None, "{path} {origin}");
        }
    }
    for path in ["/", "/member", "/devices", "/api/orders"] {
        let answer = shop.look("Ada", path, ("origin", FRONTEND)).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
    let answer = shop.look("Ada", "/api/basket", ("origin", FRONTEND)).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
}

async fn a_frontend_puts_in_a_packet_with_the_token_after_a_preflight_only(
    kind: Kind,
) {
    let mut shop = Shop::with(kind, &[("FRONTENDS", FRONTEND)]).await;
    shop.shops("Ada").await;
    let token = shop.secret("Ada", "token").await;
    let read = shop.look("Ada", "/api/basket", ("origin", FRONTEND)).await;
    assert!(read.body.contains(&token), "{}", read.body);
    let name = "x-token";
    let json = |origin: &str| {
        Request::new(Method::POST, "/api/basket")
            .json(r#"{"tea":"sencha"}"#)
            .header("origin", origin)
    };
    for refused in [
        json(FRONTEND),
        json(FRONTEND).header(name, "x"),
        json("https://mallory.example").header(name, &token),
        json("null").header(name, &token),
        // As a form sends it without a preflight.
        Request::new(Method::POST, "/api/basket")
            .form(&format!("tea=sencha&token={token}"))
            .header("origin", FRONTEND),
    ] {
        let answer = shop.send("Ada", refused.clone()).await;
        assert!(answer.status.is_client_error(), "{refused:?}");
    }
    assert!(!shop.get("Ada", "/").await.text.contains("1 × Sencha"));
    let answer = shop.send("Ada", json(FRONTEND).header(name, &token)).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    assert!(shop.get("Ada", "/").await.text.contains("1 × Sencha"));
    for (origin, allowed) in
        [(FRONTEND, Some(FRONTEND)), ("https://mallory.example", None)]
    {
        let ask = Request::new(Method::OPTIONS, "/api/basket")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", name);
        let answer = shop.send("Ada", ask).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            allowed,
            "{origin}"
        );
    }
}
