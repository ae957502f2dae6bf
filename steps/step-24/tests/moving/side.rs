//! Which of the two is asked.

use crate::{
    both::{Both, CONF, SECRETS},
    records::{plant, record, signed},
    visitor::{THEIRS, Visitor},
};

const NGINX: &str = include_str!("../../nginx.conf");

#[test]
fn moving_conf_has_every_line_of_nginx_conf_but_two() {
    let mut rest = CONF.lines();
    let missing: Vec<&str> = NGINX
        .lines()
        .skip(2)
        .filter(|line| {
            let before = rest.clone();
            let is_there = rest.any(|it| it == *line);
            if !is_there {
                rest = before;
            }
            !is_there
        })
        .map(str::trim)
        .collect();
    let expected = ["server 127.0.0.1:8081 max_fails=0;", "proxy_pass http://tea;"];
    assert_eq!(missing, expected);
}

#[test]
fn who_has_a_cookie_of_step_24_or_signs_in_is_led_there_and_nobody_else() {
    let both = Both::start();
    let is_express = |name: &str, path: &str| {
        let mut visitor = both.visitor();
        if !name.is_empty() {
            visitor.plant("first", "1", "/", "");
            visitor.plant(name, "2", "/", "");
        }
        let body = visitor.get(path).body;
        body.starts_with("Express: ") || body.contains("Cannot GET")
    };
    for (name, path) in [
        ("", "/"),
        ("", "/signed-in-not"),
        ("", "/sign-interest"),
        ("", "/x/sign-in"),
        ("x__Host-id", "/"),
        ("__Host-id2", "/"),
        ("__host-id", "/"),
        ("connect.sid", "/"),
    ] {
        assert!(is_express(name, path), "{name:?} {path}");
    }
    for (name, path) in [
        ("__Host-id", "/"),
        ("__Host-id", "/anything"),
        ("", "/sign-in"),
        ("", "/sign-in?next=/devices"),
        ("", "/register"),
        ("", "/signed-in"),
        ("connect.sid", "/sign-in"),
    ] {
        assert!(!is_express(name, path), "{name:?} {path}");
    }
}

fn with_three_packets(both: &Both) -> Visitor {
    plant(both, "one", &record("", r#"{"sencha":3}"#));
    let mut ada = both.visitor();
    ada.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
    ada
}

/// express-session begins its `maxAge` anew at each visit, and tells the browser of it at a
/// change.
#[test]
fn whoever_keeps_coming_keeps_the_session_at_express() {
    let both = Both::start();
    let mut ada = with_three_packets(&both);
    both.redis.cli(&["EXPIRE", "sess:one", "60"]);
    assert_eq!(ada.basket(), "Express: nobody has 3 × sencha");
    let left = both.redis.cli(&["TTL", "sess:one"]);
    assert!(left.trim().parse::<u32>().expect("seconds") > 60, "{left}");
    assert!(
        ada.add("sencha").of_theirs().is_some_and(|it| it.contains("Expires="))
    );
}

#[test]
fn once_nobody_is_led_to_express_any_more_a_sign_in_moves_the_basket_still() {
    let both = Both::start_with(&CONF.replace("default express;", "default tea;"));
    both.add_member("Ada");
    let mut ada = with_three_packets(&both);
    both.redis.cli(&["EXPIRE", "sess:one", "60"]);
    assert_eq!(ada.basket(), "step 24: ");
    let left = both.redis.cli(&["TTL", "sess:one"]);
    assert!(left.trim().parse::<u32>().expect("seconds") <= 60, "{left}");
    ada.sign_in("Ada");
    assert_eq!(ada.basket(), "step 24: 3 × Sencha");
    assert!(both.left().is_empty());
}
