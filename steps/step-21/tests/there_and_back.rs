//! The way to another place, and the way back.

use conversation::{Answer, Conversation, Request};
use url::Url;

mod told;
use told::Told;

const PASSWORD: &str = "a+cup+before+noon";

fn conversation(title: &str) -> Conversation {
    trial::forbid_in_logs(&["a cup before noon"]);
    let store = Told::new();
    Conversation::new(title, store.server(), store)
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_default()
}

/// The value of the field of this name in the form of a page.
fn field(page: &str, name: &str) -> Option<String> {
    let start = format!(r#"name="{name}" value=""#);
    let (_, rest) = page.split_once(&start)?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

/// A text as a field of a form, or of an address, carries it.
fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("next", text)]).expect("text")
}

/// `who` fills in the form of the page at `path`, whatever that hides in it.
async fn fill_in(story: &mut Conversation, who: &str, path: &str) -> Answer {
    let page = story.get(who, path).await.body;
    let (next, token) = (field(&page, "next"), field(&page, "token"));
    let fields = format!(
        "token={}&{}&name={who}&password={PASSWORD}",
        token.unwrap_or_default(),
        encoded(&next.unwrap_or_default())
    );
    let path = path.split('?').next().unwrap_or_default();
    story.post(who, path, &fields).await
}

// ANCHOR: elsewhere
/// What a browser takes for another server, or might, and what is too much.
fn other_places() -> Vec<String> {
    let written = [
        "https://mallory.example/sign-in",
        "http:mallory.example",
        "//mallory.example",
        "///mallory.example",
        "/\\mallory.example",
        "\\\\mallory.example",
        "\\/mallory.example",
        "/\t/mallory.example",
        "\t//mallory.example",
        "/\n/mallory.example",
        "/\r\n/mallory.example",
        "/\0/mallory.example",
        "/member\r\nSet-Cookie: __Host-id=x",
        " //mallory.example",
        "\u{a0}//mallory.example",
        "/\u{2215}mallory.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "mallory.example",
        "@mallory.example",
        ".mallory.example",
        ":80",
        "?next=//mallory.example",
        "#",
        "*",
        "",
    ];
    let long = format!("/{}", "x".repeat(512));
    written.into_iter().map(str::to_owned).chain([long]).collect()
}
// ANCHOR_END: elsewhere

#[tokio::test]
async fn no_address_leads_a_member_to_another_server() {
    for place in other_places() {
        let mut story = conversation("An open redirect");
        let next = encoded(&place);
        let page = format!("/register?{next}");
        let answer = fill_in(&mut story, "Ada", &page).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        story.close("Ada");
        let answer = fill_in(&mut story, "Ada", &format!("/sign-in?{next}")).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        // Mallory needs no page of ours for the field.
        story.close("Ada");
        let fields = format!("name=Ada&password={PASSWORD}&{next}");
        let answer = story.post("Ada", "/sign-in", &fields).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        let page = story.get("Ada", &format!("/sign-in?{next}")).await.body;
        assert!(!page.contains("mallory"), "{place:?}: {page}");
    }
}

/// Each text of up to four of these characters, in front of a server's name.
fn prefixes() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..4 {
        let longer = |text: &String| {
            "/\\.:@\t%".chars().map(|it| format!("{text}{it}")).collect::<Vec<_>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.clone());
    }
    all
}

#[tokio::test]
async fn a_browser_takes_no_address_that_goes_through_for_another_servers() {
    let mut story = conversation("What a browser makes of it");
    let here = Url::parse("http://localhost:8080/sign-in").expect("an address");
    let mut elsewhere = 0;
    for prefix in prefixes() {
        let place = format!("{prefix}mallory.example");
        let is_here = |place: &str| {
            here.join(place).is_ok_and(|it| it.origin() == here.origin())
        };
        elsewhere += usize::from(!is_here(&place));
        let page =
            story.get("Ada", &format!("/sign-in?{}", encoded(&place))).await.body;
        let next = field(&page, "next").expect("a field");
        assert!(is_here(&next), "{place:?}: {next}");
    }
    assert!(elsewhere > 300, "of which a browser leaves for {elsewhere}");
}

#[tokio::test]
async fn who_signs_in_goes_on_with_what_was_asked_for() {
    let mut story = conversation("The way back");
    let answer = story.get("Ada", "/devices?page=2&of=3").await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices%3Fpage%3D2%26of%3D3");
    let page = story.get("Ada", location(&answer)).await.body;
    let (_, link) = page.split_once(r#"<a href="/register"#).expect("a link");
    let link = format!("/register{}", link.split('"').next().expect("its end"));
    let answer = fill_in(&mut story, "Ada", &link).await;
    assert_eq!(location(&answer), "/devices?page=2&of=3&said=1");
    story.close("Ada");
    let answer = story.get("Ada", "/password").await;
    let sign_in = location(&answer).to_owned();
    let next = "next=%2Fpassword";
    assert_eq!(sign_in, format!("/sign-in?{next}"));
    let wrong = format!("name=Ada&password=wrong+wrong&{next}");
    let page = story.post("Ada", "/sign-in", &wrong).await.body;
    assert_eq!(field(&page, "next").as_deref(), Some("/password"));
    let answer = fill_in(&mut story, "Ada", &sign_in).await;
    assert_eq!(location(&answer), "/password?said=1");
}

#[tokio::test]
async fn a_form_of_a_stranger_leads_back_to_its_page_and_is_not_sent_again() {
    let mut story = conversation("A form of a stranger");
    for (form, page) in [
        ("/checkout", "/sign-in?next=%2F"),
        ("/devices/end", "/sign-in?next=%2Fdevices"),
        ("/devices/end-others", "/sign-in?next=%2Fdevices"),
        ("/administrator/end-all", "/sign-in?next=%2Fadministrator"),
        ("/confirm", "/sign-in"),
    ] {
        let fields = "order=&handle=x&name=Ada&password=x";
        let answer = story.post("Ada", form, fields).await;
        assert_eq!(location(&answer), page, "{form}");
    }
}

#[tokio::test]
async fn an_address_that_is_said_twice_leads_nowhere() {
    let mut story = conversation("Twice");
    for query in ["next=/devices&next=//mallory.example", "next", "x=1", "next=%"] {
        let page = story.get("Ada", &format!("/sign-in?{query}")).await;
        assert_eq!(
            field(&page.body, "next").as_deref(),
            Some("/member"),
            "{query}"
        );
    }
    let answer = story.get("Ada", "/confirm?then=devices").await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices");
}

#[tokio::test]
async fn a_request_line_with_the_name_of_a_server_leads_to_this_one() {
    let mut story = conversation("A request line");
    let asked =
        Request::new(axum::http::Method::GET, "http://mallory.example/devices");
    let answer = story.send("Ada", asked).await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices");
}
