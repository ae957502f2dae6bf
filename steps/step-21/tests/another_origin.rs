//! Pages of other origins, which ask for the basket.

use axum::{
    Router,
    extract::Request as Asked,
    http::{Method, StatusCode, header},
    middleware,
};
use conversation::{
    Answer, Conversation, Initiator, Request, record_outside_the_lab,
};
use step_21::site::{Origin, Site};

mod told;
use told::Told;

const SHOP: &str = "https://tea.example";
const FRONTEND: &str = "https://app.tea.example";
const PATH: &str = "/api/basket";
const OOLONG: &str = r#"{"tea":"oolong"}"#;

fn origin(text: &str) -> Origin {
    text.parse().expect("an origin")
}

/// The shop, which lets pages of these origins ask for the basket.
fn shop(title: &str, frontends: &[&str]) -> Conversation {
    let store = Told::new();
    let site = Site {
        origin: Some(origin(SHOP)),
        frontends: frontends.iter().map(|it| origin(it)).collect(),
        ..Site::default()
    };
    let app = store.server_at(site);
    Conversation::new(title, with_one_type(app), store).at(SHOP)
}

/// The recorder sends each body as a form. What a test says of its type comes last, and counts.
fn with_one_type(app: Router) -> Router {
    app.layer(middleware::map_request(|mut request: Asked| async {
        let headers = request.headers_mut();
        let last = headers.get_all(header::CONTENT_TYPE).iter().next_back();
        if let Some(last) = last.cloned() {
            headers.insert(header::CONTENT_TYPE, last);
        }
        request
    }))
}

/// A `fetch` with `credentials: 'include'` by a page of this origin on the same site.
fn fetch(method: Method, from: &str) -> Request {
    Request::new(method, PATH)
        .header("origin", from)
        .header("sec-fetch-site", "same-site")
}

/// What a browser asks before it sends JSON, or a header that is not its own. No cookie goes
/// with it.
fn preflight(from: &str) -> Request {
    fetch(Method::OPTIONS, from)
        .from(Initiator::CrossSiteSubresource)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-token")
}

fn json(from: &str, token: &str, body: &str) -> Request {
    fetch(Method::POST, from)
        .form(body)
        .header("content-type", "application/json")
        .header("x-token", token)
}

/// Whether a browser shows the answer to a page of this origin.
fn is_shown(answer: &Answer, to: &str) -> bool {
    let is_let_in = answer.header("access-control-allow-origin") == Some(to);
    is_let_in && answer.header("access-control-allow-credentials") == Some("true")
}

fn token_in(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once(r#""token":""#).expect("a token");
    rest.split('"').next().expect("its end").to_owned()
}

/// Ada has a packet in the basket. What her pages know as the token.
async fn shops(story: &mut Conversation) -> String {
    story.post("Ada", "/basket", "tea=assam").await;
    token_in(&story.get("Ada", PATH).await)
}

/// Who is not the frontend, however much it looks so.
const OTHERS: [&str; 14] = [
    "null",
    "*",
    "",
    "https://mallory.example",
    "https://tea.example.mallory.example",
    "https://app.tea.example.mallory.example",
    "https://mallory-app.tea.example",
    "https://tea.example",
    "http://app.tea.example",
    "https://app.tea.example:8443",
    "https://APP.tea.example",
    "https://app.tea.example/",
    "https://app.tea.example https://mallory.example",
    "https://app.tea.example, https://mallory.example",
];

#[tokio::test]
async fn the_frontend_reads_the_basket_and_changes_it() {
    let mut story = shop("A frontend", &[FRONTEND]);
    let token = shops(&mut story).await;
    let answer = story.send("Ada", preflight(FRONTEND)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(is_shown(&answer, FRONTEND) && story.last_calls().is_empty());
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
    let headers = answer.header("access-control-allow-headers");
    assert_eq!(headers, Some("content-type,x-token"));
    assert!(answer.header("set-cookie").is_none());
    let answer = story.send("Ada", json(FRONTEND, &token, OOLONG)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(is_shown(&answer, FRONTEND));
    assert!(answer.body.contains(r#"{"assam":1,"oolong":1}"#), "{}", answer.body);
    let answer = story.send("Ada", fetch(Method::GET, FRONTEND)).await;
    assert!(is_shown(&answer, FRONTEND) && token_in(&answer) == token);
    assert!(answer.body.contains(r#"{"assam":1,"oolong":1}"#), "{}", answer.body);
    assert!(story.get("Ada", "/").await.text.contains("1 × Oolong"));
}

#[tokio::test]
async fn a_frontend_begins_a_session_and_goes_on_with_its_token() {
    let mut story = shop("A first packet", &[FRONTEND]);
    let answer = story.send("Ada", fetch(Method::GET, FRONTEND)).await;
    assert_eq!(answer.body, r#"{"basket":{},"token":null}"#);
    assert!(story.rows().is_empty(), "to look makes no session");
    let answer = story.send("Ada", json(FRONTEND, "", OOLONG)).await;
    assert!(answer.body.contains(r#"{"oolong":1}"#), "{}", answer.body);
    let token = token_in(&answer);
    let answer = story.send("Ada", json(FRONTEND, &token, OOLONG)).await;
    assert!(answer.body.contains(r#"{"oolong":2}"#), "{}", answer.body);
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn no_other_origin_reads_the_basket() {
    let mut story = shop("Other origins", &[FRONTEND]);
    shops(&mut story).await;
    for other in OTHERS {
        for request in [fetch(Method::GET, other), preflight(other)] {
            let answer = story.send("Ada", request).await;
            let let_in = answer.header("access-control-allow-origin");
            assert_eq!(let_in, None, "{other:?}");
        }
    }
    let answer = story.get("Ada", PATH).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn no_other_origin_changes_the_basket_even_with_the_token() {
    let mut story = shop("Other origins", &[FRONTEND]);
    let token = shops(&mut story).await;
    let rows = story.rows();
    // The shop's own pages come from the same origin, and its name alone proves nothing.
    for other in OTHERS {
        let answer = story.send("Ada", json(other, &token, OOLONG)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{other:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(story.rows(), rows);
}

/// Whatever is kept of an answer is kept for the origin that it was for.
#[tokio::test]
async fn each_answer_varies_with_the_origin() {
    let mut story = shop("Caches", &[FRONTEND, "https://pos.tea.example"]);
    for from in [FRONTEND, "https://pos.tea.example", "https://mallory.example"] {
        for request in [fetch(Method::GET, from), preflight(from)] {
            let answer = story.send("Ada", request).await;
            let vary = answer.header("vary").unwrap_or_default();
            assert!(vary.contains("origin"), "{from}: {vary}");
            assert_eq!(
                is_shown(&answer, from),
                !from.contains("mallory"),
                "{from}"
            );
        }
    }
}

/// The paths that this server knows, as its source has them.
fn paths() -> Vec<&'static str> {
    let source = include_str!("../src/lib.rs");
    let routes = source.split(".route(\"").skip(1);
    routes.filter_map(|route| Some(route.split_once('"')?.0)).collect()
}

#[tokio::test]
async fn the_frontend_reads_and_sends_nothing_else() {
    let mut story = shop("Other pages", &[FRONTEND]);
    let token = shops(&mut story).await;
    let rows = story.rows();
    let others = paths().into_iter().filter(|path| *path != PATH);
    for path in others.chain(["/api", "/api/", "/api/basket/", "/api/basket/x"]) {
        for method in [Method::GET, Method::OPTIONS, Method::HEAD] {
            let asked = Request::new(method, path).header("origin", FRONTEND);
            let answer = story.send("Ada", asked).await;
            let let_in = answer.header("access-control-allow-origin");
            assert_eq!(let_in, None, "{path}");
        }
        let form = Request::new(Method::POST, path)
            .form(&format!("token={token}&tea=oolong&name=Ada&password=x&state=x"))
            .header("origin", FRONTEND)
            .header("sec-fetch-site", "same-site");
        let answer = story.send("Ada", form).await;
        let is_refused = answer.status == StatusCode::FORBIDDEN;
        // A form may come there from anywhere, and does nothing.
        assert!(is_refused || path == "/signed-in", "{path}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
    assert_eq!(story.rows(), rows);
}

#[tokio::test]
async fn without_the_token_or_as_a_form_nothing_is_changed_and_the_frontend_may_know()
 {
    let mut story = shop("Not so", &[FRONTEND]);
    let token = shops(&mut story).await;
    let rows = story.rows();
    let typed = |kind: &str, body: &str| {
        fetch(Method::POST, FRONTEND)
            .form(body)
            .header("content-type", kind)
            .header("x-token", &token)
    };
    for (request, status) in [
        (json(FRONTEND, "", OOLONG), StatusCode::FORBIDDEN),
        (json(FRONTEND, "x", OOLONG), StatusCode::FORBIDDEN),
        (json(FRONTEND, &token.to_uppercase(), OOLONG), StatusCode::FORBIDDEN),
        (json(FRONTEND, &token, ""), StatusCode::BAD_REQUEST),
        (json(FRONTEND, &token, "{"), StatusCode::BAD_REQUEST),
        (json(FRONTEND, &token, "[]"), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json(FRONTEND, &token, r#"{"tea":"gin"}"#),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (typed("text/plain", OOLONG), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            typed("application/x-www-form-urlencoded", OOLONG),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
    ] {
        let answer = story.send("Ada", request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(is_shown(&answer, FRONTEND), "{status}");
    }
    assert_eq!(story.rows(), rows);
}

/// Else a session of strangers would take the place of hers.
#[tokio::test]
async fn a_packet_that_comes_under_the_identifier_of_before_signs_nobody_out() {
    let mut story = shop("A late packet", &[FRONTEND]);
    let token = shops(&mut story).await;
    story.share("Ada", "Tab");
    story.begin("Tab", "load", json(FRONTEND, &token, OOLONG)).await;
    let fields = format!("token={token}&name=Ada&password=a+cup+before+noon");
    let answer = story.post("Ada", "/register", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let rows = story.rows().len();
    let late = story.finish("Tab").await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert!(is_shown(&late, FRONTEND) && late.header("set-cookie").is_none());
    assert_eq!(story.rows().len(), rows);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("You are Ada") && page.contains("1 × Assam"), "{page}");
}

#[tokio::test]
async fn a_failing_store_is_told_to_the_frontend_too() {
    let store = Told::new();
    let frontends = vec![origin(FRONTEND)];
    let site = Site { frontends, ..Site::default() };
    let app = store.server_at(site);
    let mut story = Conversation::new("No store", app, store.clone()).at(SHOP);
    shops(&mut story).await;
    store.fail("no");
    let answer = story.send("Ada", fetch(Method::GET, FRONTEND)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(is_shown(&answer, FRONTEND));
}

/// `SameSite=Lax` is no matter of origins: a page of another site gets no cookie along.
#[tokio::test]
async fn a_frontend_of_another_site_is_a_stranger() {
    let far = "https://app.example";
    let mut story = shop("Another site", &[far]);
    shops(&mut story).await;
    let get = fetch(Method::GET, far).from(Initiator::CrossSiteSubresource);
    let answer = story.send("Ada", get).await;
    assert!(is_shown(&answer, far), "it may read");
    assert_eq!(answer.body, r#"{"basket":{},"token":null}"#, "what a stranger has");
    let cookies = story.cookies("Ada");
    let post = json(far, "", OOLONG).from(Initiator::CrossSiteSubresource);
    let answer = story.send("Ada", post).await;
    assert!(answer.header("set-cookie").is_some());
    assert_eq!(story.cookies("Ada"), cookies, "her browser does not take it");
}

#[tokio::test]
async fn where_no_frontend_is_named_there_is_none() {
    let mut story = shop("No frontend", &[]);
    let token = shops(&mut story).await;
    for from in OTHERS.into_iter().chain([FRONTEND, SHOP]) {
        for request in [fetch(Method::GET, from), preflight(from)] {
            let answer = story.send("Ada", request).await;
            let let_in = answer.header("access-control-allow-origin");
            assert_eq!(let_in, None, "{from:?}");
        }
        let answer = story.send("Ada", json(from, &token, OOLONG)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{from:?}");
    }
    let own = Request::new(Method::POST, PATH)
        .form(OOLONG)
        .header("content-type", "application/json")
        .header("x-token", &token)
        .header("origin", SHOP)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(story.send("Ada", own).await.status, StatusCode::OK, "but for us");
}

/// A recording with the type of a body once, as the server gets it.
struct Recording(Conversation);

impl Recording {
    fn transcript(&self) -> String {
        let form = "> content-type: application/x-www-form-urlencoded\n";
        self.0.transcript().replace(form, "")
    }

    fn ladder(&self) -> String {
        self.0.ladder()
    }
}

#[tokio::test]
async fn a_frontend_asks_first_and_then_sends() {
    let mut story = shop("A page of another origin", &[FRONTEND]);
    story.aside();
    let token = shops(&mut story).await;
    story.so_far("Ada has a packet of Assam in her basket, and the frontend open.");
    story.send("Ada", preflight(FRONTEND)).await;
    let answer = story.send("Ada", json(FRONTEND, &token, OOLONG)).await;
    assert!(is_shown(&answer, FRONTEND));
    story.says("A page of Mallory's, on the same site, does the same.");
    let mallorys = "https://mallory-app.tea.example";
    let answer = story.send("Ada", preflight(mallorys)).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    story.says("Her browser sends no more than that.");
    let story = Recording(story);
    record_outside_the_lab!(story, "another_origin");
}
