//! Browsers that find the shop through nginx: TLS, HTTP/2, and two servers behind it.

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
        let conf = configuration(&servers, &pages);
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
fn configuration(servers: &[Server], pages: &Server) -> String {
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
        ("proxy_pass http://tea;", "proxy_pass http://tea; proxy_bind 127.0.0.2;".to_owned()),
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

/// Fills in the form for a name and a password on the page at this path, and sends it.
fn enter(browser: &Browser, path: &str, name: &str) {
    open(browser, path);
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
