//! The lab comes to the very transcripts and ladders that the steps' tests recorded: natively, so
//! that a difference is found without the page.

mod scripts;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lab::Lab;
use scripts::{Script, all, recorded_by};
use serde_json::{Value, json};
use tower_sessions::cookie::Key;

fn ask(lab: &mut Lab, question: Value) -> Value {
    let answer = serde_json::from_str(&lab.ask(&question.to_string())).expect("JSON");
    let answer: Value = answer;
    assert_eq!(answer.get("error"), None, "{question}");
    answer
}

fn replay(script: &Script) -> Value {
    let mut lab = Lab::new(None);
    let open = json!({"open": script.step, "title": script.title});
    let mut state = ask(&mut lab, open);
    for line in &script.lines {
        state = ask(&mut lab, json!({ "do": line }));
    }
    state["transcript"] = ask(&mut lab, json!({"tell": "transcript"}));
    state
}

#[test]
fn every_recorded_conversation_comes_out_the_same() {
    for script in all() {
        let state = replay(&script);
        assert_eq!(state["transcript"], script.transcript(), "{}", script.name);
        assert_eq!(state["ladder"], script.ladder(), "{}", script.name);
    }
}

#[test]
fn every_recording_of_a_step_has_its_script() {
    let scripts: Vec<String> = all().into_iter().map(|script| script.name).collect();
    for step in lab::parts().flatten() {
        for name in recorded_by(step) {
            assert!(scripts.contains(&name), "{name} was recorded and has no script");
        }
    }
    assert!(scripts.len() > 10);
}

#[test]
fn what_cannot_be_done_is_an_error_and_changes_nothing() {
    let mut lab = Lab::new(None);
    let before = ask(&mut lab, json!({"open": 3}));
    let long = "x".repeat(100_000);
    let lines = [
        String::new(),
        "Ada".to_owned(),
        "Ada: GET".to_owned(),
        "Ada: GET //other.example/".replace("//", "http://"),
        "Ada: G\0T /".to_owned(),
        format!("Ada: GET /{long}"),
        "Ada: GET / | header x: \u{7f}".to_owned(),
        "Ada: GET / | nonsense".to_owned(),
        format!("Ada writes the cookie id={long} by hand."),
        "Ada writes the cookie id=a\u{0}b by hand.".to_owned(),
        "Ada writes the cookie id by hand.".to_owned(),
        "99999999999999999999 days pass.".to_owned(),
        "The store holds nonsense for 14 days.".to_owned(),
        "The server is naive: nonsense.".to_owned(),
        "The answer comes to Ada.".to_owned(),
    ];
    for line in lines {
        let answer: Value =
            serde_json::from_str(&lab.ask(&json!({ "do": line }).to_string())).expect("JSON");
        assert!(answer["error"].is_string(), "{line:.60} is not refused: {answer}");
    }
    for question in ["", "{", "[]", r#"{"open": 99}"#, r#"{"do": 3}"#] {
        assert!(lab.ask(question).contains("error"), "{question}");
    }
    let after = ask(&mut lab, json!({"do": "# Still here."}));
    assert_eq!(after["rows"], before["rows"]);
    assert_eq!(after["done"], json!(["# Still here."]));
}

#[test]
fn hostile_values_are_text_in_the_ladder() {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 3, "title": "<script>alert(1)</script>"}));
    let line = "Ada writes the cookie id=\"><img/src=x/onerror=alert(1)> by hand.";
    ask(&mut lab, json!({ "do": line }));
    let state = ask(&mut lab, json!({"do": "Ada: POST /?&lt; | form <script>"}));
    let ladder = state["ladder"].as_str().expect("text");
    for markup in ["<script", "<img"] {
        assert!(!ladder.contains(markup), "{markup} stands in {ladder}");
    }
}

#[test]
fn what_is_logged_is_shown() {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 4}));
    ask(&mut lab, json!({"do": "The store holds {\"visits\":3} for 14 days."}));
    ask(&mut lab, json!({"do": "Ada holds the cookie id=<planted-1>."}));
    let state = ask(&mut lab, json!({"do": "Ada: GET /"}));
    let log = state["log"][0].as_str().expect("a line of the log");
    assert!(log.starts_with("ERROR step_04::error: the session's data does not fit"), "{log}");
}

#[test]
fn a_copied_cookie_carries_its_label() {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 3}));
    ask(&mut lab, json!({"do": "Ada: GET /"}));
    let state = ask(&mut lab, json!({"do": "Mallory copies Ada's cookies."}));
    let cookie = &state["browsers"][1]["cookies"][0];
    assert_eq!(cookie["label"], "<sid-1>");
    assert_eq!(cookie["httpOnly"], true);
    assert_eq!(cookie["attributes"], json!(["HttpOnly", "SameSite=Strict", "Path=/"]));
    assert_eq!(state["rows"][0]["lives"], "for 14 days");
    // What is shown can be written again as it stands: nothing changes.
    let written = cookie["written"].as_str().expect("text");
    let again = format!("Ada writes the cookie {written} by hand.");
    let after = ask(&mut lab, json!({ "do": again }));
    assert_eq!(after["browsers"][0]["cookies"], state["browsers"][0]["cookies"]);
}

/// How things stand once these lines are done.
fn after(step: u64, lines: &[&str]) -> Value {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": step}));
    let done = lines.iter().map(|line| ask(&mut lab, json!({ "do": line })));
    done.last().expect("something is done")
}

#[test]
fn a_rotation_shows_the_new_identifier_and_its_hash_by_their_labels() {
    let state = after(
        13,
        &[
            "Ada: POST /register | form name=Ada&password=a+cup+before+noon",
            "Ada: POST /confirm | form token=<token-1>&password=a+cup+before+noon",
        ],
    );
    let exchange = state["exchange"].as_str().expect("text");
    for told in [
        "store: rotate <name-1> to <sid-2> {",
        "set-cookie: __Host-id=<signature-2><sid-2>;",
        "the server holds <name-2> {\"before\":\"<name-1>\",",
    ] {
        assert!(exchange.contains(told), "no {told:?} in {exchange}");
    }
    assert_eq!(state["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(state["rows"][0]["label"], "<name-2>");
}

#[test]
fn an_answer_can_be_kept_back_after_any_call_of_a_store() {
    let state = after(
        13,
        &[
            "Ada: POST /register | form name=Ada&password=a+cup+before+noon",
            "Ada: POST /confirm | answered after rotate | form token=<token-1>&password=a+cup+before+noon",
            "The answer comes to Ada.",
        ],
    );
    let exchange = state["exchange"].as_str().expect("text");
    assert!(exchange.starts_with("# Ada's POST /confirm goes on."), "{exchange}");
}

#[test]
fn what_has_made_room_is_not_shown_any_more() {
    let full = [
        "The server is naive: room for three.",
        "Ada: POST /basket | form tea=assam",
        "1 minute passes.",
        "Grace: POST /basket | form tea=assam",
        "Mallory: POST /basket | form tea=assam",
    ];
    let more = "Phone: POST /basket | form tea=assam";
    for lines in [&[more][..], &["1 day passes.", more]] {
        let state = after(13, &[&full, lines].concat());
        let rows = state["rows"].as_array().expect("rows");
        let labels: Vec<_> = rows.iter().map(|row| &row["label"]).collect();
        assert_eq!(labels, ["<name-2>", "<name-3>", "<name-4>"], "{lines:?}");
    }
}

#[test]
fn a_members_sessions_are_told_in_the_order_in_which_they_began() {
    let devices = ["Laptop", "Phone", "Office"];
    let sign_in = "POST /sign-in | form name=administrator&password=a+cup+before+noon";
    let lines = devices.map(|device| format!("{device}: {sign_in}"));
    let state = after(13, &lines.each_ref().map(String::as_str));
    let exchange = state["exchange"].as_str().expect("text");
    let told = "store: entries_of administrator → <name-1>, <name-2>, <name-3>";
    assert!(exchange.contains(told), "{exchange}");
}

/// What the servers sign and open with, one after the other.
fn keys(state: &Value) -> Vec<String> {
    let keys = state["keys"].as_array().expect("a list");
    let told = |it: &Value| {
        let opens = it["opens"].as_array().expect("a list").iter().filter_map(Value::as_str);
        let signs = it["signs"].as_str().expect("text");
        format!("{signs} of {}", opens.collect::<Vec<_>>().join(", "))
    };
    keys.iter().map(told).collect()
}

#[test]
fn a_new_key_signs_once_it_is_five_minutes_old_and_the_old_one_goes_last() {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 20}));
    for (line, told) in [
        ("Another server joins.", ["old of old", "old of old"]),
        ("Server 1 learns of the new key.", ["old of old, new", "old of old"]),
        ("4 minutes pass.", ["old of old, new", "old of old"]),
        ("Server 2 learns of the new key.", ["old of old, new", "old of old, new"]),
        ("59 seconds pass.", ["old of old, new", "old of old, new"]),
        ("1 second passes.", ["new of old, new", "new of old, new"]),
        ("Server 1 forgets the old key.", ["new of new", "new of old, new"]),
        ("The server restarts.", ["new of new", "new of old, new"]),
        ("Server 2 forgets the old key.", ["new of new", "new of new"]),
    ] {
        assert_eq!(keys(&ask(&mut lab, json!({ "do": line }))), told, "{line}");
    }
    let state = ask(&mut lab, json!({"do": "Another server joins."}));
    assert_eq!(keys(&state), ["new of new"; 3], "it has the keys of the first");
    for line in ["Server 1 learns of the new key.", "Server 4 forgets the old key."] {
        let answer = lab.ask(&json!({ "do": line }).to_string());
        assert!(answer.contains("error"), "{line}: {answer}");
    }
}

#[test]
fn a_key_that_is_alone_or_set_back_signs_at_once() {
    let learns = "Server 1 learns of the new key.";
    let state = after(20, &[learns, "Server 1 forgets the old key."]);
    assert_eq!(keys(&state), ["new of new"]);
    let state = after(20, &["Server 1 signs with the new key at once."]);
    assert_eq!(keys(&state), ["new of old, new"]);
}

#[test]
fn a_restart_keeps_the_sessions_of_a_server_whose_keys_can_change() {
    let state = after(20, &["Ada: POST /basket | form tea=assam", "The server restarts."]);
    assert_eq!(state["rows"].as_array().map(Vec::len), Some(1));
}

/// What the challenge of chapter 20 asks for.
const KEPT: &str = "No server has the old key any more. ;; \
    # Ada .. > GET / .. store: load <sid-1> .. 1 × Assam";

/// Whether the tea is kept when these things are done to two servers, and Ada looks at both.
fn is_kept(naive: &[&str], lines: &[&str]) -> bool {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 20}));
    let begin = ["Another server joins.", "Ada: POST /basket | form tea=assam"];
    let end = ["Server 1 answers.", "Ada: GET /", "Server 2 answers.", "Ada: GET /"];
    for line in naive.iter().chain(&begin).chain(lines).chain(&end) {
        ask(&mut lab, json!({ "do": line }));
    }
    ask(&mut lab, json!({ "solved": KEPT })) == true
}

#[test]
fn no_order_of_restarts_keeps_the_tea_where_a_server_has_one_key() {
    let naive = ["The server is naive: one key, as in step 19."];
    let look = ["Server 1 answers.", "Ada: GET /", "Server 2 answers.", "Ada: GET /"];
    for servers in [[1, 2], [2, 1]] {
        let restarts = servers.map(|it| format!("Server {it} restarts with the new key."));
        let [first, second] = &restarts;
        // With or without a visit to both before, between, and a wait.
        for looks in 0..8 {
            let looks = |at: usize| if looks & (1 << at) == 0 { &look[..0] } else { &look };
            let wait = if looks(2).is_empty() { &[][..] } else { &["5 minutes pass."] };
            let lines = [looks(0), &[first], looks(1), wait, &[second]].concat();
            assert!(!is_kept(&naive, &lines), "{lines:?}");
        }
    }
}

#[test]
fn the_tea_is_lost_in_the_wrong_order_and_kept_in_the_right_one() {
    let [learns, forgets] = ["learns of the new key", "forgets the old key"]
        .map(|act| [1, 2].map(|server| format!("Server {server} {act}.")));
    let [[learn_1, learn_2], [forget_1, forget_2]] = [&learns, &forgets];
    let (wait, look, server_2) = ("5 minutes pass.", "Ada: GET /", "Server 2 answers.");
    for (lines, kept) in [
        (&[learn_1.as_str(), learn_2, wait, look, forget_1, forget_2][..], true),
        (&[learn_2, learn_1, wait, server_2, look, forget_2, forget_1], true),
        // Nobody has come since the new key signs.
        (&[learn_1, learn_2, wait, forget_1, forget_2], false),
        // It does not sign yet.
        (&[learn_1, learn_2, look, forget_1, forget_2], false),
        // Server 2 has not heard of it.
        (&[learn_1, wait, look, server_2, look, learn_2, forget_1, forget_2], false),
    ] {
        assert_eq!(is_kept(&[], lines), kept, "{lines:?}");
    }
}

/// What the challenge of chapter 22 asks for.
const ADA: &str = "# Program .. > POST /api/tokens/end .. the server holds nothing ;; # 30 minutes pass. ;; \
    # Mallory .. > GET /api/orders .. <access-1> .. 200 OK .. 1 × Assam";

const SIGN_IN: &str =
    r#"Program: POST /api/tokens | json {"name":"Ada","password":"a cup before noon"}"#;

/// Whether Mallory is Ada when these things are done, after Ada has ordered and signed out in her
/// browser.
fn is_ada(naive: &[&str], lines: &[&str]) -> bool {
    let mut lab = Lab::new(None);
    ask(&mut lab, json!({"open": 22}));
    let begin = [
        "Ada: POST /register | form name=Ada&password=a+cup+before+noon",
        "Ada: POST /basket | form tea=assam&token=<token-1>",
        "Ada: POST /checkout | form order=<order-1>&token=<token-1>",
        "Ada: POST /sign-out | form token=<token-1>",
        SIGN_IN,
        "Mallory copies Program's tokens.",
    ];
    for line in naive.iter().chain(&begin).chain(lines) {
        ask(&mut lab, json!({ "do": line }));
    }
    ask(&mut lab, json!({ "solved": ADA })) == true
}

#[test]
fn mallory_is_ada_after_she_signed_out_where_a_token_lasts_a_day_and_not_in_this_step() {
    let end = "Program: POST /api/tokens/end | bearer <refresh-1>";
    let wait = "30 minutes pass.";
    let brings = |token: &str| format!("Mallory: GET /api/orders | bearer {token}");
    let (access, refresh) = (brings("<access-1>"), brings("<refresh-1>"));
    let renews = "Mallory: POST /api/tokens/refresh | bearer <refresh-1>";
    let cookie = "Mallory writes the cookie __Host-id=<signature-1><sid-1> by hand.";
    let naive = ["The server is naive: tokens of a day."];
    let tries = [
        (vec![end, wait, &access], true),
        (vec![end, wait, renews, &access], true),
        (vec![end, wait, &refresh], false),
        // She renews before it is too late, and brings what she has got then.
        (vec!["4 minutes pass.", renews, end, wait, &access], true),
        (vec![end, wait, cookie, "Mallory: GET /api/orders"], false),
        (vec![end, wait, "The server restarts.", &access], true),
        (vec![end, wait, "Another server joins.", "Server 2 answers.", &access], true),
    ];
    for (lines, of_a_day) in tries {
        assert_eq!(is_ada(&naive, &lines), of_a_day, "{lines:?}");
        assert!(!is_ada(&[], &lines), "{lines:?}");
    }
}

#[test]
fn the_page_shows_which_tokens_a_program_holds_and_what_it_got() {
    let member = "Ada: POST /register | form name=Ada&password=a+cup+before+noon";
    let state = after(22, &[member, SIGN_IN, "4 minutes pass."]);
    let program = &state["browsers"][1];
    assert_eq!((&program["name"], &program["cookies"]), (&json!("Program"), &json!([])));
    let [access, refresh] = [&program["tokens"][0], &program["tokens"][1]];
    assert_eq!(
        (&access["name"], &access["label"], &access["lives"]),
        (&json!("access_token"), &json!("<access-1>"), &json!("for 1 minute"))
    );
    let says = access["says"].as_str().expect("text");
    assert!(says.contains(r#""exp":"<in 5 minutes>","iat":"<now>","iss""#), "{says}");
    assert!(says.contains(r#""sid":"<handle-2>","sub":"Ada"}"#), "{says}");
    assert_eq!((&refresh["label"], &refresh["says"]), (&json!("<refresh-1>"), &Value::Null));
    let text = program["page"]["text"].as_str().expect("text");
    assert!(text.starts_with(r#"{"access_token":"<access-1>","#), "{text}");
    assert_eq!(state["browsers"][0]["page"]["text"], Value::Null, "a page is shown as one");
}

#[test]
fn the_lab_signs_as_the_library_does() {
    use jsonwebtoken::{Algorithm, DecodingKey, crypto::rust_crypto::DEFAULT_PROVIDER};
    let member = "Ada: POST /register | form name=Ada&password=a+cup+before+noon";
    let state = after(22, &[member, SIGN_IN]);
    let answer = state["browsers"][1]["page"]["html"].as_str().expect("JSON");
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    let token = answer["access_token"].as_str().expect("a token");
    let (said, signature) = token.rsplit_once('.').expect("a signature");
    let key = step_22::secret::derived(&Key::from(&[7; 64]), "access token");
    let key = DecodingKey::from_secret(&*key);
    let verifier = (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::HS256, &key).expect("a key");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64");
    assert!(verifier.verify(said.as_bytes(), &bytes).is_ok());
    assert!(verifier.verify(b"something else", &bytes).is_err());
}
