//! What moves with a sign-in, and what stays.

use std::thread;

use tokio::net::TcpListener;

use crate::{
    both::{Both, CLIENT, SECRETS},
    records::{plant, record, signed},
    visitor::{OURS, PASSWORD, THEIRS, Visitor},
};

/// What somebody sees, as the page prints it.
struct Told(String);

impl Told {
    fn sees(&mut self, what: &str, ada: &mut Visitor) {
        let basket = ada.basket();
        let names: Vec<&str> = ada.jar.iter().map(|it| &*it.name).collect();
        let names =
            if names.is_empty() { "nothing".into() } else { names.join(", ") };
        self.0 +=
            &format!("{what}\n    GET / → {basket}\n    her browser has {names}\n");
    }

    fn finds(&mut self, what: &str, both: &Both) {
        let left = both.left().len();
        let ours = both.redis.cli(&["--scan", "--pattern", "tea:session:*"]);
        let ours = ours.lines().filter(|it| !it.is_empty()).count();
        self.0 += &format!("{what}\n    sess:*: {left}, tea:session:*: {ours}\n");
    }
}

#[test]
fn a_basket_moves_with_the_sign_in_and_the_session_at_express_has_ended() {
    let both = Both::start();
    let mut grace = both.visitor();
    grace.register("Ada");
    grace.get("/sign-out");
    let mut told = Told(String::new());
    let mut ada = both.visitor();
    ada.add("sencha");
    ada.add("sencha");
    let before = ada.cookie(THEIRS).expect("Express has set it");
    assert_eq!(both.left().len(), 1);
    told.sees("Ada has put two packets into her basket", &mut ada);
    let answer = ada.sign_in("Ada");
    assert_eq!(answer.status, 303);
    let removal = "connect.sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(answer.of_theirs(), Some(removal));
    told.0 += "Ada signs in: POST /sign-in → 303 See Other\n";
    for cookie in &answer.set_cookie {
        let (pair, rest) = cookie.split_once("; ").expect("attributes");
        let pair = if pair.starts_with(OURS) {
            "__Host-id=<signed by step 24>"
        } else {
            pair
        };
        told.0 += &format!("    Set-Cookie: {pair}; {rest}\n");
    }
    told.sees("From then on", &mut ada);
    assert_eq!(ada.basket(), "step 24: 2 × Sencha");
    assert_eq!(both.left(), [""; 0]);
    let mut mallory = both.visitor();
    mallory.plant(THEIRS, &before, "/", "");
    told.sees("Mallory has copied the old cookie", &mut mallory);
    assert_eq!(mallory.basket(), "Express: nobody has nothing");
    told.finds("Redis", &both);
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("a_basket_moves", told.0);
    });
}

#[test]
fn who_registers_brings_the_basket_along() {
    let both = Both::start();
    let mut ada = both.visitor();
    ada.add("assam");
    assert_eq!(ada.register("Ada").status, 303);
    assert_eq!(ada.basket(), "step 24: 1 × Assam");
    assert_eq!((both.left().len(), ada.cookie(THEIRS)), (0, None));
}

#[test]
fn who_does_not_sign_in_stays_with_express() {
    let both = Both::start();
    let mut ada = both.visitor();
    ada.add("assam");
    assert_eq!(ada.get("/sign-in").status, 200);
    assert_eq!(ada.basket(), "Express: nobody has 1 × assam");
    ada.add("oolong");
    assert_eq!(ada.basket(), "Express: nobody has 1 × assam, 1 × oolong");
    assert_eq!((both.left().len(), ada.cookie(OURS)), (1, None));
}

#[test]
fn a_wrong_password_moves_nothing() {
    let both = Both::start();
    both.add_member("Ada");
    let mut ada = both.visitor();
    ada.add("assam");
    assert_eq!(ada.give("/sign-in", "Ada", "another password").status, 403);
    assert_eq!(ada.basket(), "Express: nobody has 1 × assam");
}

#[test]
fn who_is_signed_in_at_express_signs_in_once_more_and_brings_the_basket_along() {
    let both = Both::start();
    both.add_member("Ada");
    let mut ada = both.visitor();
    ada.add("assam");
    let fields = [("name", "Ada"), ("password", PASSWORD)];
    assert_eq!(ada.post_past("/sign-in", &fields).status, 303);
    assert_eq!(ada.basket(), "Express: Ada has 1 × assam");
    assert!(!ada.get("/sign-in").body.contains("Signed in as"));
    ada.sign_in("Ada");
    assert_eq!(ada.basket(), "step 24: 1 × Assam");
    assert_eq!(both.left().len(), 0);
}

#[test]
fn the_basket_of_another_member_does_not_come_along_and_her_session_ends() {
    let both = Both::start();
    both.add_member("Ada");
    let mut ada = both.visitor();
    ada.add("assam");
    ada.post_past("/sign-in", &[("name", "Grace"), ("password", PASSWORD)]);
    assert_eq!(ada.basket(), "Express: Grace has 1 × assam");
    ada.sign_in("Ada");
    assert_eq!(ada.basket(), "step 24: ");
    assert_eq!((both.left().len(), ada.cookie(THEIRS)), (0, None));
}

#[test]
fn a_cookie_that_an_older_secret_has_signed_moves_too() {
    let both = Both::start();
    both.add_member("Ada");
    for secret in SECRETS {
        plant(&both, "one", &record("", r#"{"sencha":3}"#));
        let mut ada = both.visitor();
        ada.plant(THEIRS, &signed("one", secret), "/", "");
        // Express says so as well.
        assert_eq!(ada.basket(), "Express: nobody has 3 × sencha");
        ada.sign_in("Ada");
        assert_eq!(ada.basket(), "step 24: 3 × Sencha");
    }
}

#[test]
fn what_both_have_is_added_up_to_20_packets_of_a_tea() {
    let both = Both::start();
    both.add_member("Ada");
    for (there, sum) in [("18", 20), ("17", 19)] {
        plant(
            &both,
            "one",
            &record("", &format!(r#"{{"sencha":{there},"assam":1}}"#)),
        );
        let mut ada = both.visitor();
        // A cookie of ours that is none leads to step 24, which begins anew.
        ada.plant(OURS, "none", "/", "");
        assert_eq!(ada.post("/basket", &[("tea", "sencha")]).status, 303);
        ada.add("sencha");
        ada.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
        assert_eq!(ada.basket(), "step 24: 2 × Sencha");
        ada.sign_in("Ada");
        assert_eq!(ada.basket(), format!("step 24: 1 × Assam, {sum} × Sencha"));
    }
}

#[test]
fn of_several_sign_ins_at_once_one_gets_the_basket() {
    let both = Both::start();
    both.add_member("Ada");
    plant(&both, "one", &record("", r#"{"sencha":3}"#));
    let baskets: Vec<String> = thread::scope(|scope| {
        let tabs: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut ada = both.visitor();
                    ada.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
                    assert_eq!(ada.sign_in("Ada").status, 303);
                    ada.basket()
                })
            })
            .collect();
        tabs.into_iter().map(|it| it.join().expect("it is answered")).collect()
    });
    let full = baskets.iter().filter(|it| it.contains("3 × Sencha")).count();
    assert_eq!(full, 1, "{baskets:?}");
}

#[test]
fn the_cookie_is_removed_with_the_path_and_the_domain_that_express_has_given_it() {
    let both = Both::start();
    both.add_member("Ada");
    let with = |path: &str, domain: &str| {
        let record = record("", "{}").replace(
            r#""path":"/""#,
            &format!(r#""path":"{path}","domain":"{domain}""#),
        );
        plant(&both, "one", &record);
        let mut ada = both.visitor();
        ada.plant(THEIRS, &signed("one", SECRETS[0]), path, domain);
        let removal = ada.sign_in("Ada").of_theirs().expect("it goes").to_owned();
        (removal, ada.cookie(THEIRS))
    };
    let (removal, left) = with("/", "tea.example");
    assert!(removal.contains("Path=/; Domain=tea.example; "), "{removal}");
    assert_eq!(left, None);
    let (removal, _) = with("/; Secure", "a b");
    assert_eq!(
        removal,
        "connect.sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
    );
}

/// The provider of this book, on a free port, until the test ends. What it calls itself.
async fn provider() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let issuer = format!("http://localhost:{port}");
    let (id, secret) = CLIENT.split_once(':').expect("both");
    let client = provider::Client {
        id: id.to_owned(),
        secret: secret.to_owned(),
        redirect_uri: "https://localhost:8443/signed-in".to_owned(),
    };
    let app = provider::app(&issuer, client);
    tokio::spawn(async move { axum::serve(listener, app).await });
    issuer
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_at_a_provider_brings_the_basket_along() {
    let issuer = provider().await;
    let shop = move || {
        let both = Both::start_with_provider(&issuer);
        let mut ada = both.visitor();
        ada.add("sencha");
        let there = ada.post("/sign-in/elsewhere", &[("next", "/member")]).location;
        assert!(there.starts_with(&issuer), "{there}");
        let back = both.visitor().run(&there, &["--data", "subject=ada"]).location;
        let path = back.strip_prefix("https://localhost:8443").expect("ours");
        let answer = ada.get(path);
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.of_theirs().is_some());
        assert_eq!(ada.basket(), "step 24: 1 × Sencha");
        assert!(both.left().is_empty());
    };
    tokio::task::spawn_blocking(shop).await.expect("it is done");
}
