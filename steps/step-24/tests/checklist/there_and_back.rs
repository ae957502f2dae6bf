//! The way to a provider, and the way back.

use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use conversation::{Answer, Initiator, Request};
use provider::Client;

use crate::{
    other_places::other_places,
    people::RIGHT,
    shop::{PASSWORD, Shop},
    stores::{Kind, on_each_store},
};

on_each_store! {
    no_address_of_the_shop_leads_to_another_server,
    a_provider_signs_in_under_another_identifier_and_nobody_waits_under_that_name,
    a_way_back_of_mallorys_signs_ada_in_nowhere_and_a_stolen_code_is_worth_nothing,
    a_way_back_is_good_once_in_the_session_that_asked_and_for_ten_minutes,
    a_form_of_the_provider_loses_no_session_and_one_from_elsewhere_does_nothing,
}

async fn no_address_of_the_shop_leads_to_another_server(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for place in other_places() {
        let next = serde_urlencoded::to_string([("next", &place)]).expect("text");
        let page = shop.get("Mallory", &format!("/sign-in?{next}")).await.body;
        assert!(!page.contains("mallory.example"), "{place:?}: {page}");
    }
    for place in other_places().into_iter().step_by(2).take(12) {
        let next = serde_urlencoded::to_string([("next", &place)]).expect("text");
        shop.close("Ada");
        let fields = format!("name=Ada&{RIGHT}&{next}");
        let answer = shop.post("Ada", "/sign-in", &fields).await;
        assert_eq!(answer.header("location"), Some("/member?said=1"), "{place:?}");
    }
}

/// A provider on a port of its own, and a shop that knows it.
async fn with_provider(kind: Kind) -> Shop {
    let listener =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let issuer =
        format!("http://localhost:{}", listener.local_addr().expect("one").port());
    let client = Client {
        id: "tea".to_owned(),
        secret: "the-secret".to_owned(),
        redirect_uri: "http://localhost:8080/signed-in".to_owned(),
    };
    let app = provider::app(&issuer, client);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let settings = [
        ("ORIGIN", "http://localhost:8080"),
        ("PROVIDER", &*issuer),
        ("PROVIDER_CLIENT", "tea:the-secret"),
    ];
    Shop::with(kind, &settings).await
}

/// `who` sets out for the provider: its address.
async fn leave(shop: &mut Shop, who: &str) -> String {
    let answer = shop.submit(who, "/sign-in/elsewhere", "next=%2F").await;
    answer.header("location").unwrap_or_default().to_owned()
}

/// What the provider sends home, of whoever is led to this address and is `subject` there.
async fn visit(address: &str, subject: &str) -> String {
    let (place, query) =
        address.split_once("/authorize?").expect("the provider's address");
    let port = place
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let body = format!("subject={subject}");
    let request = format!(
        "POST /authorize?{query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = crate::wire::ask(port, request.as_bytes()).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let line =
        answer.lines().find(|line| line.to_lowercase().starts_with("location: "));
    let (_, home) =
        line.unwrap_or_else(|| panic!("{answer}")).split_once(' ').expect("one");
    home.trim_start_matches("http://localhost:8080").to_owned()
}

/// `who` follows the link that the provider's answer is.
async fn follow(shop: &mut Shop, who: &str, home: &str) -> Answer {
    let link = Request::new(Method::GET, home).from(Initiator::CrossSiteLink);
    shop.send(who, link).await
}

async fn is_a_member(shop: &mut Shop, who: &str) -> bool {
    shop.get(who, "/").await.text.contains("Sign out")
}

fn query_of(home: &str) -> HashMap<String, String> {
    let query = home.split_once('?').map_or("", |(_, query)| query);
    serde_urlencoded::from_str(query).expect("pairs")
}

fn home_with(home: &str, name: &str, value: &str) -> String {
    let mut query = query_of(home);
    query.insert(name.to_owned(), value.to_owned());
    format!("/signed-in?{}", serde_urlencoded::to_string(query).expect("pairs"))
}

async fn a_provider_signs_in_under_another_identifier_and_nobody_waits_under_that_name(
    kind: Kind,
) {
    let mut shop = with_provider(kind).await;
    let answer = shop.give("Mallory", "/register", "ada@localhost", PASSWORD).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "such names are a provider's"
    );
    shop.buy("Ada", "oolong").await;
    let address = leave(&mut shop, "Ada").await;
    let before = shop.cookie("Ada");
    let home = visit(&address, "ada").await;
    let answer = follow(&mut shop, "Ada", &home).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(is_a_member(&mut shop, "Ada").await && !shop.opens(&before).await);
    assert!(shop.get("Ada", "/").await.text.contains("1 × Oolong"));
    assert_eq!(shop.count().await, 1);
}

async fn a_way_back_of_mallorys_signs_ada_in_nowhere_and_a_stolen_code_is_worth_nothing(
    kind: Kind,
) {
    let mut shop = with_provider(kind).await;
    let address = leave(&mut shop, "Mallory").await;
    let mallorys = visit(&address, "mallory").await;
    follow(&mut shop, "Ada", &mallorys).await;
    assert!(!is_a_member(&mut shop, "Ada").await, "it is no way of hers");
    let address = leave(&mut shop, "Ada").await;
    let adas = visit(&address, "ada").await;
    let code = query_of(&mallorys)["code"].clone();
    follow(&mut shop, "Ada", &home_with(&adas, "code", &code)).await;
    assert!(!is_a_member(&mut shop, "Ada").await, "its verifier is another one");
    // And the other way round: a code of Ada's that Mallory has seen.
    let address = leave(&mut shop, "Ada").await;
    let adas = visit(&address, "ada").await;
    let code = query_of(&adas)["code"].clone();
    follow(&mut shop, "Mallory", &adas).await;
    follow(&mut shop, "Mallory", &home_with(&mallorys, "code", &code)).await;
    assert!(!is_a_member(&mut shop, "Mallory").await);
    let address = leave(&mut shop, "Ada").await;
    let adas = visit(&address, "ada").await;
    follow(&mut shop, "Ada", &home_with(&adas, "iss", "http://localhost:1")).await;
    assert!(!is_a_member(&mut shop, "Ada").await, "from another provider");
}

async fn a_way_back_is_good_once_in_the_session_that_asked_and_for_ten_minutes(
    kind: Kind,
) {
    let mut shop = with_provider(kind).await;
    let address = leave(&mut shop, "Ada").await;
    let home = visit(&address, "ada").await;
    shop.pass(time::Duration::minutes(11)).await;
    follow(&mut shop, "Ada", &home).await;
    assert!(!is_a_member(&mut shop, "Ada").await, "too late");
    let address = leave(&mut shop, "Ada").await;
    let home = visit(&address, "ada").await;
    follow(&mut shop, "Ada", &home).await;
    assert!(is_a_member(&mut shop, "Ada").await);
    shop.sign_out("Ada").await;
    follow(&mut shop, "Ada", &home).await;
    assert!(!is_a_member(&mut shop, "Ada").await, "twice");
    // Whoever signs in with a password meanwhile is nobody else afterwards.
    let address = leave(&mut shop, "Grace").await;
    let home = visit(&address, "grace").await;
    shop.give("Grace", "/register", "Grace", PASSWORD).await;
    let before = shop.cookie("Grace");
    follow(&mut shop, "Grace", &home).await;
    assert_eq!(shop.cookie("Grace"), before);
    assert_eq!(shop.members().await, ["Grace"]);
}

async fn a_form_of_the_provider_loses_no_session_and_one_from_elsewhere_does_nothing(
    kind: Kind,
) {
    let mut shop = with_provider(kind).await;
    shop.shops("Grace").await;
    for origin in ["https://mallory.example", "null"] {
        for path in ["/signed-in", "/sign-in/elsewhere", "/confirm/elsewhere"] {
            let form = Request::new(Method::POST, path)
                .form("code=x&state=y&iss=z")
                .header("origin", origin)
                .header("sec-fetch-site", "cross-site")
                .from(Initiator::CrossSiteForm);
            let answer = shop.send("Grace", form).await;
            assert_eq!(answer.header("set-cookie"), None, "{path}");
            let to = answer.header("location").unwrap_or("/").to_owned();
            assert!(to.starts_with('/') && !to.starts_with("//"), "{path}: {to}");
        }
    }
    assert!(is_a_member(&mut shop, "Grace").await);
    assert_eq!(shop.count().await, 1);
}
