//! Cookies and records that nobody should send, and what becomes of them.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::{
    both::{Both, SECRETS},
    records::{LATER, encoded, plant, record, signature, signed},
    visitor::{OURS, THEIRS},
};

const BASKET: &str = r#"{"sencha":3}"#;

/// Signs Ada in with this cookie of Express. What her basket has then, and whether the
/// answer has removed the cookie.
fn signs_in_with(both: &Both, value: &str) -> (String, bool) {
    let mut ada = both.visitor();
    ada.plant(THEIRS, value, "/", "");
    let answer = ada.sign_in("Ada");
    assert_eq!(answer.status, 303, "{value}");
    (ada.basket(), answer.of_theirs().is_some())
}

#[test]
fn a_cookie_that_no_secret_has_signed_moves_nothing() {
    let both = Both::start();
    both.add_member("Ada");
    plant(&both, "one", &record("", BASKET));
    let good = signature("one", SECRETS[0]);
    let of_another = signature("two", SECRETS[0]);
    let long = "a".repeat(600);
    for value in [
        String::new(),
        "one".to_owned(),
        "s:".to_owned(),
        "s:.".to_owned(),
        "s:one".to_owned(),
        "s:one.".to_owned(),
        format!("s:one.{of_another}"),
        format!("s:one.{}", signature("one", "a guess")),
        format!("s:one.{}", signature("one", "")),
        format!("s:one.{good}="),
        format!("s:one.{}", &good[1..]),
        format!("S:one.{good}"),
        format!("one.{good}"),
        format!(r#"j:{{"sid":"one"}}.{good}"#),
        format!("s:s:one.{good}"),
        format!("s:one.{good}.{good}"),
        format!("s:{long}.{}", signature(&long, SECRETS[0])),
    ] {
        let moved = signs_in_with(&both, &encoded(&value));
        assert_eq!(moved, ("step 24: ".to_owned(), false), "{value}");
        assert_eq!(both.left(), ["sess:one"], "{value}");
    }
    // Half a letter, and what is no text.
    for value in ["s%3Aone%", "s%3Aone.%FF%FE", "%00"] {
        assert!(!signs_in_with(&both, value).1, "{value}");
    }
    // So the test can fail.
    let moved = signs_in_with(&both, &signed("one", SECRETS[0]));
    assert_eq!(moved, ("step 24: 3 × Sencha".to_owned(), true));
}

/// Whoever has another name below the same domain can set a cookie for all of them.
#[test]
fn of_two_cookies_neither_counts_and_express_takes_the_first() {
    let both = Both::start();
    both.add_member("Ada");
    plant(&both, "hers", &record("", r#"{"assam":1}"#));
    plant(&both, "mallorys", &record("", r#"{"oolong":2}"#));
    let mut ada = both.visitor();
    ada.plant(THEIRS, &signed("mallorys", SECRETS[0]), "/sign-in", "example");
    ada.plant(THEIRS, &signed("hers", SECRETS[0]), "/", "");
    assert_eq!(ada.basket(), "Express: nobody has 2 × oolong");
    let answer = ada.sign_in("Ada");
    assert_eq!((answer.status, answer.of_theirs()), (303, None));
    assert_eq!(ada.basket(), "step 24: ");
    assert_eq!(both.left().len(), 2);
}

/// cookie-parser signs all cookies with the one secret, and not their names: a program that
/// signs what a visitor has chosen signs any identifier.
#[test]
fn an_identifier_is_a_key_below_the_prefix_and_no_pattern() {
    let both = Both::start();
    both.add_member("Ada");
    plant(&both, "one", &record("", BASKET));
    both.redis.cli(&["SET", "sess", "apart"]);
    for sid in
        ["*", "", "o?e", "[o]ne", "one\r\nDEL sess:one\r\n", "../sess", "one\0"]
    {
        assert_eq!(signs_in_with(&both, &signed(sid, SECRETS[0])).0, "step 24: ");
        assert_eq!(both.left(), ["sess:one"], "{sid:?}");
    }
    let sessions = || both.redis.cli(&["--scan", "--pattern", "tea:session:*"]);
    let before = sessions();
    for key in before.lines() {
        let up = format!("../{key}");
        signs_in_with(&both, &signed(&up, SECRETS[0]));
        signs_in_with(&both, &signed(key, SECRETS[0]));
    }
    // Of a member, three are kept at a time: whatever went, made room.
    assert_eq!(sessions().lines().count(), 3);
    assert_eq!(both.redis.cli(&["GET", "sess"]).trim(), "apart");
}

#[test]
fn of_a_basket_the_teas_that_are_sold_come_along_in_numbers_that_are_ordered() {
    let both = Both::start();
    both.add_member("Ada");
    let many: Vec<String> =
        (0..2_000).map(|it| format!(r#""tea{it}":1"#)).collect();
    let many = format!(r#"{{{},"assam":2}}"#, many.join(","));
    for (basket, comes) in [
        (r#"{"sencha":1,"coffee":9}"#, "1 × Sencha"),
        (r#"{"Sencha":1,"sencha ":1,"":1}"#, ""),
        (r#"{"sencha":-3,"assam":0,"oolong":1.5}"#, ""),
        (r#"{"sencha":"3","assam":null,"oolong":[1]}"#, ""),
        (r#"{"sencha":21,"assam":4294967297}"#, "20 × Assam, 20 × Sencha"),
        (r#"{"sencha":18446744073709551616,"oolong":1}"#, "1 × Oolong"),
        (r#"{"__proto__":{"sencha":3},"constructor":1}"#, ""),
        (&many, "2 × Assam"),
        ("null", ""),
        ("{}", ""),
    ] {
        plant(&both, "one", &record("", basket));
        let (has, is_removed) = signs_in_with(&both, &signed("one", SECRETS[0]));
        assert_eq!(has, format!("step 24: {comes}"), "{basket:.60}");
        assert!(is_removed && both.left().is_empty(), "{basket:.60}");
    }
    plant(
        &both,
        "one",
        &record(r#""__proto__":{"member":"Grace"},"count":7,"#, BASKET),
    );
    let (has, _) = signs_in_with(&both, &signed("one", SECRETS[0]));
    assert_eq!(has, "step 24: 3 × Sencha");
}

#[test]
fn a_record_that_cannot_be_read_brings_nothing_and_ends() {
    let both = Both::start();
    both.add_member("Ada");
    let long = record(&format!(r#""note":"{}","#, "a".repeat(70_000)), BASKET);
    for record in [
        String::new(),
        "no JSON".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "[".repeat(10_000),
        record(r#""member":"Grace","member":"Ada","#, BASKET),
        // It would be read, but for its length.
        long,
    ] {
        plant(&both, "one", &record);
        let (has, is_removed) = signs_in_with(&both, &signed("one", SECRETS[0]));
        assert_eq!(has, "step 24: ", "{record:.60}");
        assert!(is_removed && both.left().is_empty(), "{record:.60}");
    }
}

/// Express's own documentation has had `expires = false`, for a cookie that goes with the
/// browser.
#[test]
fn of_a_record_each_field_is_read_alone_and_one_of_another_kind_costs_no_other() {
    let both = Both::start();
    both.add_member("Ada");
    let good = record(r#""member":"Ada","#, BASKET);
    let later = format!(r#""{LATER}""#);
    let brings = |before: &str, now: &str, comes: &str| {
        let changed = good.replace(before, now);
        assert_ne!(changed, good, "{before}");
        plant(&both, "one", &changed);
        let (has, is_removed) = signs_in_with(&both, &signed("one", SECRETS[0]));
        assert_eq!(has, format!("step 24: {comes}"), "{now}");
        assert!(is_removed && both.left().is_empty(), "{now}");
    };
    let all = "3 × Sencha";
    for end in ["false", "null"] {
        brings(&later, end, all);
    }
    // What Express would take for a time that is over, or nobody can read.
    for end in ["7", "[]", r#""Wed, 01 Jan 2020 00:00:00 GMT""#, r#""tomorrow""#] {
        brings(&later, end, "");
    }
    brings(r#""path":"/""#, r#""path":7"#, all);
    brings(r#""path":"/""#, r#""domain":["a"]"#, all);
    brings(r#""cookie":{"#, r#""cookie":"none","other":{"#, all);
    brings(r#""Ada""#, "false", all);
    brings(r#""Ada""#, "null", all);
    // That is somebody else.
    for member in ["7", "true", r#"{"name":"Ada"}"#, r#"["Ada"]"#] {
        brings(r#""Ada""#, member, "");
    }
    for basket in ["[1,2]", "3", r#""sencha""#, "false"] {
        brings(BASKET, basket, "");
    }
}

/// A program may know its members by numbers.
#[test]
fn a_member_that_is_a_number_there_is_a_name_here() {
    let both = Both::start();
    both.add_member("7");
    both.add_member("true");
    plant(&both, "one", &record(r#""member":7,"#, BASKET));
    let mut seven = both.visitor();
    seven.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
    assert_eq!(seven.sign_in("7").status, 303);
    assert_eq!(seven.basket(), "step 24: 3 × Sencha");
    // That somebody is signed in is nobody's name, also where a member has it.
    plant(&both, "one", &record(r#""member":true,"#, BASKET));
    let mut stranger = both.visitor();
    stranger.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
    assert_eq!(stranger.sign_in("true").status, 303);
    assert_eq!(stranger.basket(), "step 24: ");
}

/// connect-redis has Redis end it, unless it is told not to (`disableTTL`).
#[test]
fn a_session_that_is_over_brings_nothing() {
    let both = Both::start();
    both.add_member("Ada");
    let over = record("", BASKET).replace(LATER, "2020-01-01T00:00:00.000Z");
    plant(&both, "one", &over);
    let moved = signs_in_with(&both, &signed("one", SECRETS[0]));
    assert_eq!(moved, ("step 24: ".to_owned(), true));
    // Redis has ended it.
    let moved = signs_in_with(&both, &signed("one", SECRETS[0]));
    assert_eq!(moved, ("step 24: ".to_owned(), true));
    // Without an end it goes with the browser.
    let open = record("", BASKET).replace(&format!(r#""{LATER}""#), "null");
    plant(&both, "one", &open);
    let moved = signs_in_with(&both, &signed("one", SECRETS[0]));
    assert_eq!(moved.0, "step 24: 3 × Sencha");
}

/// Neither program knows who has filled a basket that is nobody's.
#[test]
fn a_basket_that_mallory_has_planted_comes_along_as_from_step_24_itself_and_she_is_out()
 {
    let both = Both::start();
    both.add_member("Ada");
    let mut mallory = both.visitor();
    mallory.add("oolong");
    let hers = mallory.cookie(THEIRS).expect("Express has set it");
    assert_eq!(signs_in_with(&both, &hers).0, "step 24: 1 × Oolong");
    assert_eq!(mallory.basket(), "Express: nobody has nothing");

    let mut mallory = both.visitor();
    mallory.plant(OURS, "none", "/", "");
    mallory.post("/basket", &[("tea", "oolong")]);
    let mut ada = both.visitor();
    let hers = mallory.cookie(OURS).expect("step 24 has set it");
    ada.plant(OURS, &hers, "/", "");
    assert_eq!(ada.sign_in("Ada").status, 303);
    assert_eq!(ada.basket(), "step 24: 1 × Oolong");
    assert!(!mallory.basket().contains("Oolong"));
}

/// Express writes a session back that it has read before, whether there is one or not. What
/// nobody has taken is what a thief of the cookie has then.
#[test]
fn hole_a_request_under_way_at_express_brings_the_session_back() {
    let both = Both::start();
    both.add_member("Ada");
    plant(&both, "one", &record(r#""member":"Ada","#, BASKET));
    let value = signed("one", SECRETS[0]);
    let mut monitor = both.redis.monitor();
    let express = TcpStream::connect(("127.0.0.1", both.express.port));
    let mut express = express.expect("Express listens");
    let head = format!(
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n\
         Cookie: {THEIRS}={value}\r\nContent-Length: 9\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\ntea=a"
    );
    express.write_all(head.as_bytes()).expect("it is read");
    while !monitor.said().iter().any(|it| it.contains(r#""GET" "sess:one""#)) {}
    assert_eq!(signs_in_with(&both, &value).0, "step 24: 3 × Sencha");
    assert!(both.left().is_empty());
    express.write_all(b"ssam").expect("it is read");
    let mut answer = String::new();
    express.read_to_string(&mut answer).expect("it is answered");
    assert_eq!(both.left(), ["sess:one"], "{answer}");
    let mut mallory = both.visitor();
    mallory.plant(THEIRS, &value, "/", "");
    assert_eq!(mallory.basket(), "Express: Ada has 3 × sencha, 1 × assam");
}
