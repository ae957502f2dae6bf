//! What servers beside the one that set the cookie can do: on another port, or on a subdomain.

use axum::{Router, extract::Path, routing::get};
use browser::{Browser, Server, chromium};
use passes::once;
use step_12::sweep::Swept;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::Key};

use super::site::{Site, stored, text};
use crate::shop::{add, give_password};

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_server_on_another_port_receives_and_overwrites_the_cookie() {
    once(chromium(), || {
        let (shop, neighbour, browser) = (Site::start(), Site::start(), Browser::borrow());
        for (name, attributes) in
            [("id", "HttpOnly"), ("__Host-id", "HttpOnly; Secure; Path=/")]
        {
            browser.forget_cookies();
            let line = |value: &str| format!("{name}={value}; {attributes}");
            shop.set(&browser, "localhost", &[&line("ada")]);
            assert_eq!(neighbour.is_sent(&browser, "localhost"), format!("{name}=ada"));
            neighbour.set(&browser, "localhost", &[&line("mallory")]);
            assert_eq!(shop.is_sent(&browser, "localhost"), format!("{name}=mallory"));
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_subdomain_can_give_the_shop_a_session_cookie() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        let tossed = "id=mallory; Domain=shop.example";
        site.set(&browser, "tea.shop.example", &[tossed]);
        assert_eq!(site.is_sent(&browser, "shop.example"), "id=mallory");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_tossed_cookie_stands_beside_the_own_one_and_a_path_puts_it_first() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "shop.example", &["id=ada"]);
        let tossed =
            ["id=mallory; Domain=shop.example", "id=basket; Domain=shop.example; Path=/basket"];
        site.set(&browser, "tea.shop.example", &tossed);
        assert_eq!(site.is_sent(&browser, "shop.example"), "id=ada; id=mallory");
        browser.go(&site.url("shop.example", "/basket"));
        assert_eq!(site.was_sent("/basket"), "id=basket; id=ada; id=mallory");
    });
}

/// On `*.localhost`, which is secure: only the Domain is wrong.
#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_subdomain_cannot_toss_a_cookie_with_the_host_prefix() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        let tossed = "id=mallory; Secure; Path=/; Domain=shop.localhost";
        let prefixed = format!("__Host-{tossed}");
        site.set(&browser, "tea.shop.localhost", &[tossed, &prefixed]);
        assert_eq!(browser.refused_cookies(), [(prefixed, "InvalidPrefix".to_owned())]);
        assert_eq!(site.is_sent(&browser, "shop.localhost"), "id=mallory");

        // Without the Domain it is kept, and stays where it was set.
        browser.forget_cookies();
        site.set(&browser, "tea.shop.localhost", &["__Host-id=mallory; Secure; Path=/"]);
        assert_eq!(stored(&browser), ["__Host-id=mallory"]);
        assert_eq!(site.is_sent(&browser, "shop.localhost"), "");
    });
}

/// The shop reads the last of two cookies of one name, and that is the younger one.
#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_tossed_cookie_moves_a_visitor_into_the_session_of_another() {
    once(chromium(), || {
        let (shop, tea) = (Server::start(shop("id")), Site::start());
        let (ada, mallory) = (Browser::borrow(), Browser::borrow());
        ada.go(&shop.url_at("shop.example", "/name/Ada"));
        mallory.go(&shop.url_at("shop.example", "/name/Mallory"));
        ada.go(&shop.url_at("shop.example", "/"));
        assert_eq!(ada.text("body"), "Ada");

        let id = mallory.cookie("id");
        let tossed = format!("id={}; Domain=shop.example", text(&id["value"]));
        tea.set(&ada, "tea.shop.example", &[&tossed]);
        ada.go(&shop.url_at("shop.example", "/"));
        assert_eq!(ada.text("body"), "Mallory");
    });
}

/// Ada is in a session of hers at `shop.tea.localhost`, and comes back after a visit to a
/// neighbour, whose answer gives her browser `cookie`. What she sees then.
fn after_a_visit_to_the_neighbour(shop: &Server, ada: &Browser, cookie: &str) -> String {
    let neighbour = Site::start();
    let domain = "Domain=tea.localhost";
    let tossed = format!("{cookie}; {domain}");
    // To the browser it is a name like any other, and these are not.
    let prefixed = ["__Host-id=x", "=__Host-id=x"].map(|pair| format!("{pair}; {domain}"));
    neighbour.set(ada, "blog.tea.localhost", &[&prefixed[0], &prefixed[1], &tossed]);
    assert!(!stored(ada).iter().any(|pair| pair.ends_with("=x")));
    ada.go(&shop.url_at("shop.tea.localhost", "/"));
    ada.text("body")
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn an_encoded_name_passes_the_host_prefix_where_the_library_alone_reads_it() {
    once(chromium(), || {
        let shop = Server::start(shop("__Host-id"));
        let (ada, mallory) = (Browser::borrow(), Browser::borrow());
        ada.go(&shop.url_at("shop.tea.localhost", "/name/Ada"));
        mallory.go(&shop.url_at("shop.tea.localhost", "/name/Mallory"));
        let id = mallory.cookie("__Host-id");
        let encoded = format!("%5F%5FHost-id={}", text(&id["value"]));
        assert_eq!(after_a_visit_to_the_neighbour(&shop, &ada, &encoded), "Mallory");
        let garbage = "%5F%5FHost-id=garbage";
        assert_eq!(after_a_visit_to_the_neighbour(&shop, &ada, garbage), "");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn an_encoded_name_moves_no_member_of_step_12() {
    once(chromium(), || {
        let accounts = step_12::accounts::InMemory::default();
        let key = Key::from(&[7; 64]);
        let shop =
            Server::start(step_12::app(Swept::new(MemoryStore::default()), key, accounts));
        let (ada, mallory) = (Browser::borrow(), Browser::borrow());
        ada.go(&shop.url_at("shop.tea.localhost", "/register"));
        give_password(&ada);
        mallory.go(&shop.url_at("shop.tea.localhost", "/"));
        add(&mallory, "sencha");
        let id = mallory.cookie("__Host-id");
        for value in [text(&id["value"]), "garbage"] {
            let encoded = format!("%5F%5FHost-id={value}");
            let page = after_a_visit_to_the_neighbour(&shop, &ada, &encoded);
            assert!(page.contains("You are Ada."), "{page}");
            assert!(!page.contains("1 × Sencha"), "{page}");
        }
    });
}

fn shop(cookie: &'static str) -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name(cookie)
        .with_secure(cookie.starts_with("__Host-"));
    Router::new().route("/", get(name)).route("/name/{name}", get(set_name)).layer(sessions)
}

async fn name(session: Session) -> String {
    let name = session.get("name").await.expect("the store answers");
    name.unwrap_or_default()
}

async fn set_name(session: Session, Path(name): Path<String>) {
    session.insert("name", name).await.expect("the store answers");
}
