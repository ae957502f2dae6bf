//! Browsers that find the shop through nginx: TLS, HTTP/2, and two servers behind it.

// Its lines are shorter than those here.
#[rustfmt::skip]
#[path = "../../../../steps/step-21/tests/other_places/mod.rs"]
mod other_places;

use std::ffi::OsString;

use axum::{Router, extract::RawQuery, http::Uri, response::Html};
use browser::{Browser, Server, Settings, chromium};
use engines::{Authority, Nginx};
use passes::once;
use serde_json::{Value, json};
use step_21::{
    secret::{Keys, Ring, new_key},
    site::Site,
    sqlite::Sqlite,
};
use tempfile::TempDir;

use crate::shop::{COOKIE, add, packets};
use other_places::other_places;

/// The very file that the chapter prints.
const CONF: &str = include_str!("../../../../steps/step-21/nginx.conf");

const TEA: &str = "https://tea.example";
/// What the shop lets ask for the basket: of its own site, and of another one.
const APP: &str = "https://app.tea.example";
const COFFEE: &str = "https://coffee.example";
const MALLORY: &str = "https://mallory.example";

const NAMES: [&str; 6] = [
    "tea.example",
    "app.tea.example",
    "blog.tea.example",
    "coffee.example",
    "mallory.example",
    "app.tea.example.mallory.example",
];

const PASSWORD: &str = "a cup before noon";

/// Two servers on one file behind nginx, which shows the pages of other origins too.
struct Shop {
    servers: Vec<Server>,
    nginx: Nginx,
    authority: Authority,
    provider: String,
    _others: [Server; 2],
    _folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        Self::open_with("")
    }

    /// With this besides in what the chapter's nginx is told of the servers.
    fn open_with(besides: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut issuer = String::new();
        let provider = Server::start_with(|address| {
            address.clone_into(&mut issuer);
            provider::app(address, client())
        });
        let ring = Ring::new(Keys::parse(&new_key()).expect("a key"));
        let open = || {
            let store = Sqlite::open(folder.path().join("shop.db")).expect("the file opens");
            let site = Site::parse(|name| site(name, &issuer)).expect("it is right");
            Server::start(step_21::app(store.clone(), ring.clone(), store, site))
        };
        let servers = vec![open(), open()];
        let pages = Server::start(Router::new().fallback(page));
        let authority = Authority::new();
        let conf = configuration(&servers, &pages, besides);
        let nginx = Nginx::start(&conf, &authority.certify(&NAMES));
        let others = [provider, pages];
        Self { servers, nginx, authority, provider: issuer, _others: others, _folder: folder }
    }

    /// A browser for which all names are those of this nginx, and that believes its certificate.
    fn browser(&self) -> Browser {
        let hosts =
            [("*.example:80", self.nginx.port(8000)), ("*.example:443", self.nginx.port(8443))];
        let authority = self.authority.path();
        Browser::open_with(Settings {
            hosts: &hosts,
            authority: Some(&authority),
            ..Settings::default()
        })
    }
}

/// What each server is told. nginx asks from an address of its own, so that it is not taken for the
/// browsers.
fn site(name: &str, issuer: &str) -> Option<OsString> {
    let value = match name {
        "ORIGIN" => TEA.to_owned(),
        "PROXIES" => "127.0.0.2".to_owned(),
        "FRONTENDS" => format!("{APP},{COFFEE}"),
        "PROVIDER" => issuer.to_owned(),
        "PROVIDER_CLIENT" => format!("{}:{}", client().id, client().secret),
        _ => return None,
    };
    Some(value.into())
}

fn client() -> provider::Client {
    provider::Client {
        id: "tea".to_owned(),
        secret: "a-secret-of-this-machine".to_owned(),
        redirect_uri: format!("{TEA}/signed-in"),
    }
}

/// The chapter's file for these servers, and beside it the other origins. Whoever comes over http is
/// sent on with a mark.
fn configuration(servers: &[Server], pages: &Server, besides: &str) -> String {
    let others = format!(
        "server {{
            listen 127.0.0.1:8443 ssl http2;
            server_name {};
            ssl_certificate tea.pem;
            ssl_certificate_key tea.key;
            location / {{ proxy_pass {}; }}
        }}",
        NAMES[1..].join(" "),
        pages.url_at("127.0.0.1", "")
    );
    let address = |server: &Server| server.url_at("127.0.0.1", "").replace("http://", "");
    let changes = [
        ("127.0.0.1:8080", address(&servers[0])),
        ("127.0.0.1:8081", address(&servers[1])),
        (
            "proxy_pass http://tea;",
            format!("proxy_pass http://tea; proxy_bind 127.0.0.2; {besides}"),
        ),
        ("https://localhost:8443$request_uri", format!("{TEA}$request_uri?over=http")),
    ];
    let (http, end) = CONF.rsplit_once('}').expect("the end of `http`");
    changes.iter().fold(format!("{http}{others}}}{end}"), |conf, (before, after)| {
        assert!(conf.contains(before), "{before}");
        conf.replace(before, after)
    })
}

/// A page of another origin. That at `/post` sends what its address says as a form to the shop.
async fn page(uri: Uri, RawQuery(query): RawQuery) -> Html<String> {
    let mut body = String::new();
    if uri.path() == "/post" {
        let fields = query.unwrap_or_default();
        body = format!(
            "<form method=post action='{TEA}/signed-in'></form>
            <script>
                const form = document.forms[0];
                for (const [name, value] of new URLSearchParams('{fields}'))
                    form.append(Object.assign(document.createElement('input'), {{ name, value }}));
                form.submit();
            </script>"
        );
    }
    Html(format!("<!doctype html><title>Elsewhere</title><link rel=icon href='data:,'>{body}"))
}

fn open(browser: &Browser, path: &str) {
    browser.go(&format!("{TEA}{path}"));
}

fn enter(browser: &Browser, path: &str, name: &str) {
    open(browser, path);
    give_password(browser, name);
}

/// Fills in the form for a name and a password, and sends it.
fn give_password(browser: &Browser, name: &str) {
    let fill = "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]";
    browser.run(fill, &[json!("name"), json!(name)]);
    browser.run(fill, &[json!("password"), json!(PASSWORD)]);
    browser.click("main form:has([name=password]) button");
}

fn is_member(browser: &Browser) -> bool {
    open(browser, "/member");
    browser.text("h1") == "For members"
}

fn basket(browser: &Browser) -> Value {
    open(browser, "/");
    packets(browser)
}

/// What the list says, but for the times.
fn devices(browser: &Browser) -> Value {
    open(browser, "/devices");
    let lines = "return [...document.querySelectorAll('main li p')]
        .map(line => line.innerText.replace(/, used .*(now|ago)/, ''))";
    browser.run(lines, &[])
}

const THIS: &str = "Chrome on Linux, 127.0.0.1 (this one)";
const LIKE_THIS: &str = "Chrome on Linux, 127.0.0.1";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx openssl curl")]
#[cfg_attr(not(certutil), ignore = "needs certutil: apt-get install libnss3-tools")]
fn two_browsers_and_two_servers_behind_nginx_do_the_story_of_chapter_21() {
    once(chromium(), || {
        let mut shop = Shop::open();
        let (ada, grace) = (shop.browser(), shop.browser());
        // Nothing of it is believed: nginx says whom it sees.
        grace.send_headers(&json!({
            "X-Forwarded-For": "192.0.2.1",
            "Forwarded": "for=192.0.2.1",
            "X-Real-IP": "192.0.2.1",
        }));
        for (browser, name, tea) in [(&ada, "Ada", "assam"), (&grace, "Grace", "oolong")] {
            open(browser, "/");
            let protocol =
                "return performance.getEntriesByType('navigation')[0].nextHopProtocol";
            assert_eq!(browser.run(protocol, &[]), "h2");
            add(browser, tea);
            enter(browser, "/register", name);
            assert_eq!(devices(browser), json!([THIS]), "{name}");
        }
        let mut cookie = ada.cookie(COOKIE);
        cookie.as_object_mut().expect("a cookie is an object").remove("value");
        assert_eq!(
            cookie,
            json!({
                "name": COOKIE, "domain": "tea.example", "path": "/",
                "httpOnly": true, "secure": true, "sameSite": "Lax",
            })
        );

        shop.servers.pop();
        // nginx takes turns: one of two would have to come from the server that is gone.
        for _ in 0..2 {
            assert!(is_member(&ada) && is_member(&grace), "nobody is signed out");
        }
        assert_eq!(basket(&ada), json!(["1 × Assam"]));
        assert_eq!(basket(&grace), json!(["1 × Oolong"]));

        grace.click("form[action='/sign-out'] button");
        assert!(!is_member(&grace) && is_member(&ada));
        enter(&grace, "/sign-in", "Ada");
        assert_eq!(devices(&ada), json!([THIS, LIKE_THIS]));
        ada.click("form[action='/devices/end-others'] button");
        assert_eq!(ada.text("[role=status]"), "One session is ended.");
        assert!(!is_member(&grace) && is_member(&ada));
        let errors = [ada.console_errors(), grace.console_errors()].concat();
        assert!(errors.is_empty(), "{errors:#?}");
    });
}

/// Where the browser is, and whether nginx has sent it there from http.
fn way(browser: &Browser) -> Value {
    browser.run("return [location.origin, location.search]", &[])
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx openssl curl")]
#[cfg_attr(not(certutil), ignore = "needs certutil: apt-get install libnss3-tools")]
fn a_browser_that_was_here_asks_over_http_no_more() {
    once(chromium(), || {
        let shop = Shop::open();
        let ada = shop.browser();
        let over_http = |path| ada.go(&format!("http://tea.example{path}"));
        over_http("/about");
        assert_eq!(way(&ada), json!([TEA, "?over=http"]), "nobody has said so yet");
        over_http("/sign-in");
        assert_eq!(way(&ada), json!([TEA, ""]));
        // Nothing is said of names below.
        ada.go("http://app.tea.example/");
        assert_eq!(way(&ada), json!([TEA, "?over=http"]));
    });
}

/// What a page asks of the shop: the answer, or why there is none.
const ASK: &str = "
    const [address, options] = arguments;
    return fetch(address, options)
        .then(async it => it.type == 'opaque' ? 'opaque' : [it.status, await it.json()])
        .catch(why => why.name);
";

/// The same in a frame of the page, whose origin is nobody's.
const ASK_IN_A_FRAME: &str = "
    const [address, options] = arguments;
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.srcdoc = `<script>
        fetch('${address}', ${JSON.stringify(options)})
            .then(it => it.type, why => why.name)
            .then(said => parent.postMessage([self.origin, said], '*'));
    <\\/script>`;
    return new Promise(done => {
        addEventListener('message', event => done(event.data), { once: true });
        document.body.append(frame);
    });
";

const BASKET: &str = "https://tea.example/api/basket";

fn ask(browser: &Browser, options: &Value) -> Value {
    browser.run(ASK, &[json!(BASKET), options.clone()])
}

fn reading() -> Value {
    json!({"credentials": "include"})
}

fn adding(tea: &str, token: &str) -> Value {
    json!({
        "method": "POST",
        "credentials": "include",
        "headers": {"content-type": "application/json", "x-token": token},
        "body": json!({"tea": tea}).to_string(),
    })
}

/// Sends the shop's own form, as any page may send one to anybody: nobody is asked before.
fn add_unasked(browser: &Browser, tea: &str, token: &str) -> Value {
    let options = json!({
        "method": "POST",
        "mode": "no-cors",
        "credentials": "include",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": format!("tea={tea}&token={token}"),
    });
    browser.run(ASK, &[json!(format!("{TEA}/basket")), options])
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx openssl curl")]
#[cfg_attr(not(certutil), ignore = "needs certutil: apt-get install libnss3-tools")]
fn a_page_of_another_origin_has_the_basket_if_the_shop_names_it_and_no_other_one_has() {
    once(chromium(), || {
        let shop = Shop::open();
        let ada = shop.browser();
        open(&ada, "/");
        add(&ada, "assam");

        ada.go(APP);
        let answer = ask(&ada, &reading());
        assert_eq!(answer[1]["basket"], json!({"assam": 1}), "{answer}");
        let token = answer[1]["token"].as_str().expect("a token").to_owned();
        let answer = ask(&ada, &adding("sencha", &token));
        assert_eq!(answer[1]["basket"], json!({"assam": 1, "sencha": 1}), "{answer}");
        assert_eq!(ask(&ada, &adding("sencha", "a-guess")), "SyntaxError", "a page of HTML");
        let nothing = json!([200, {"basket": {}, "token": null}]);
        assert_eq!(ask(&ada, &json!({})), nothing, "nobody's, without credentials");

        // The frontend of another site reads what the shop says, but the cookie stays here.
        ada.go(COFFEE);
        assert_eq!(ask(&ada, &reading()), nothing);
        assert_eq!(ask(&ada, &adding("oolong", &token))[1]["basket"], json!({"oolong": 1}));
        assert_eq!(ask(&ada, &reading()), nothing, "nor is one taken");

        // The first one is of the shop's own site: its requests have the cookie.
        for origin in
            ["https://blog.tea.example", MALLORY, "https://app.tea.example.mallory.example"]
        {
            ada.go(origin);
            assert_eq!(ask(&ada, &reading()), "TypeError", "{origin}");
            assert_eq!(ask(&ada, &adding("oolong", &token)), "TypeError", "{origin}");
            assert_eq!(add_unasked(&ada, "oolong", &token), "opaque", "{origin}");
        }
        for origin in [APP, MALLORY] {
            ada.go(origin);
            for options in [reading(), adding("oolong", &token)] {
                let said = ada.run(ASK_IN_A_FRAME, &[json!(BASKET), options]);
                assert_eq!(said, json!(["null", "TypeError"]), "{origin}");
            }
        }
        assert_eq!(basket(&ada), json!(["1 × Assam", "1 × Sencha"]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx openssl curl")]
#[cfg_attr(not(certutil), ignore = "needs certutil: apt-get install libnss3-tools")]
fn whatever_an_address_says_who_signs_in_stays_in_the_shop() {
    once(chromium(), || {
        // Chromium holds `form-action` against where a form leads in the end: it is left out, so that
        // it keeps nobody here.
        let shop = Shop::open_with("proxy_hide_header Content-Security-Policy;");
        let ada = shop.browser();
        enter(&ada, "/register", "Ada");
        let sign_in = |next: &str| {
            ada.forget_cookies();
            let next = ada.run("return encodeURIComponent(arguments[0])", &[json!(next)]);
            let next = next.as_str().expect("text");
            enter(&ada, &format!("/sign-in?next={next}"), "Ada");
            ada.run("return location.origin + location.pathname", &[])
        };
        // More than thirty would be too many for nginx and for each server.
        for place in other_places() {
            assert_eq!(sign_in(&place), json!(format!("{TEA}/member")), "{place:?}");
            assert_eq!(ada.text("[role=status]"), "You are signed in.", "{place:?}");
        }
        assert_eq!(sign_in("/devices"), json!(format!("{TEA}/devices")));
        ada.forget_cookies();
        open(&ada, "/devices");
        assert_eq!(ada.text("h1"), "Sign in");
        give_password(&ada, "Ada");
        assert_eq!(ada.text("h1"), "Your devices", "what was asked for");
    });
}

/// Sets out for the provider, and comes to its page, which will answer with a form. The address of it.
fn leave(browser: &Browser, shop: &Shop) -> String {
    open(browser, "/sign-in?next=%2Fdevices");
    browser.click("form[action='/sign-in/elsewhere'] button");
    let address = browser.run("return location.href", &[]);
    let address = address.as_str().expect("text");
    assert!(address.starts_with(&format!("{}/authorize?", shop.provider)), "{address}");
    let address = format!("{address}&response_mode=form_post");
    browser.go(&address);
    address
}

/// Waits for a page of the shop, whichever it is.
fn comes_to_the_shop(browser: &Browser) {
    browser.wait_for_text("nav a", "Shop");
}

/// What the provider would have this browser bring to the shop.
fn what_is_brought(browser: &Browser, subject: &str) -> String {
    let choose = "
        const body = new URLSearchParams({ subject: arguments[0] });
        return fetch(location, { method: 'POST', body }).then(it => it.text()).then(text => {
            const page = new DOMParser().parseFromString(text, 'text/html');
            return new URLSearchParams(new FormData(page.forms[0])).toString();
        });
    ";
    browser.run(choose, &[json!(subject)]).as_str().expect("text").to_owned()
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx openssl curl")]
#[cfg_attr(not(certutil), ignore = "needs certutil: apt-get install libnss3-tools")]
fn a_form_of_the_provider_brings_ada_back_and_mallorys_form_brings_nobody_in() {
    once(chromium(), || {
        let shop = Shop::open();
        let (ada, mallory) = (shop.browser(), shop.browser());
        leave(&mallory, &shop);
        let mallorys = what_is_brought(&mallory, "mallory");
        assert!(mallorys.contains("code=") && mallorys.contains("state="), "{mallorys}");
        let falls_for_it = || {
            ada.go(&format!("{MALLORY}/post?{mallorys}"));
            comes_to_the_shop(&ada);
            assert_eq!(ada.text("h1"), "Not possible");
        };

        falls_for_it();
        assert!(!is_member(&ada), "without a session");
        open(&ada, "/");
        add(&ada, "assam");
        let before = ada.cookie(COOKIE)["value"].clone();
        falls_for_it();
        let hers = leave(&ada, &shop);
        falls_for_it();
        assert_eq!(ada.cookie(COOKIE)["value"], before, "the session is the same");
        assert_eq!(basket(&ada), json!(["1 × Assam"]));
        assert!(!is_member(&ada), "on her way");

        ada.go(&hers);
        ada.tap("button[value=ada]");
        comes_to_the_shop(&ada);
        assert_eq!(ada.text("h1"), "Your devices");
        assert_eq!(ada.run("return location.origin", &[]), TEA);
        assert_ne!(ada.cookie(COOKIE)["value"], before, "another identifier");
        assert_eq!(basket(&ada), json!(["1 × Assam"]));
        let ours = format!("ada@{}", shop.provider.replace("http://", ""));
        assert_eq!(ada.text("main a[href='/member']"), ours);

        falls_for_it();
        open(&ada, "/");
        assert_eq!(ada.text("main a[href='/member']"), ours, "still herself");
    });
}
