//! The end of a session, and what must not come after it.

use axum::http::StatusCode;

use crate::{
    people::{ADAS, ANOTHER, DEVICES, RIGHT},
    shop::{PASSWORD, Shop, the_rest},
    stores::{Kind, on_each_store},
};

on_each_store! {
    a_copy_of_the_cookie_opens_nothing_once_its_owner_has_signed_out,
    no_request_beside_a_sign_out_brings_the_session_back,
    sign_ins_beside_a_change_of_the_password_leave_its_owner_in_alone,
    sign_ins_beside_the_end_of_an_account_leave_nobody_in,
    five_confirmations_at_once_leave_one_session,
    what_two_tabs_send_to_two_servers_at_once_is_all_in_the_basket,
    an_order_that_is_sent_five_times_at_once_to_two_servers_is_one,
    of_twenty_forms_at_once_each_is_done_or_says_that_it_is_not,
    a_half_form_of_a_session_keeps_no_other_one_waiting,
    a_form_that_was_half_sent_at_the_ending_does_nothing,
    a_disabled_member_is_out_everywhere_and_stays_out_until_enabled_again,
    another_password_ends_all_sessions_but_the_one_that_gave_it,
    nobody_is_signed_out_by_an_identifier_that_was_planted_or_copied_before,
    a_page_that_is_asked_for_before_the_new_identifier_came_takes_no_cookie_away,
    hole_whoever_knows_the_password_signs_its_owner_out_thirty_times_a_minute,
    every_page_of_a_member_can_sign_out,
    an_administrator_ends_one_members_sessions_or_all_but_her_own,
    a_member_sees_her_devices_alone_and_ends_them_with_a_fresh_password,
    at_the_fourth_sign_in_the_first_device_makes_room,
    the_browser_is_told_to_forget_and_to_keep_no_page,
}

async fn a_copy_of_the_cookie_opens_nothing_once_its_owner_has_signed_out(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.steal("Ada", "Mallory");
    assert!(shop.is_in("Mallory").await, "the attack runs");
    let copy = shop.cookie("Ada");
    let answer = shop.sign_out("Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.count().await, 0, "nothing is kept");
    assert!(!shop.is_in("Mallory").await);
    assert!(!shop.opens(&copy).await);
    let page = shop.get("Mallory", "/").await;
    assert!(!page.text.contains("1 × Assam"), "{}", page.text);
}

async fn no_request_beside_a_sign_out_brings_the_session_back(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for place in 0..5 {
        let copy = shop.cookie("Ada");
        let mut crowd = Vec::new();
        for (path, fields) in [
            ("/basket", "tea=sencha"),
            ("/confirm", RIGHT),
            ("/basket/take", "tea=assam"),
            ("/remember", "remember=true"),
        ] {
            crowd.push((shop.port(), shop.form("Ada", path, fields).await));
        }
        crowd.insert(place, (shop.port(), shop.form("Ada", "/sign-out", "").await));
        let answers = shop.at_once(&crowd).await;
        assert_eq!(answers[place].0, StatusCode::SEE_OTHER, "{place}");
        assert!(shop.members().await.is_empty(), "{place}: {answers:?}");
        for (_, cookie) in answers {
            assert!(!shop.opens(&cookie).await, "{place}");
        }
        assert!(!shop.opens(&copy).await, "{place}");
        shop.close("Ada");
        shop.sign_in_as_ada("Ada").await;
    }
}

async fn sign_ins_beside_a_change_of_the_password_leave_its_owner_in_alone(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let mut crowd = Vec::new();
    // A third one would make room for itself, before anything is changed.
    for thief in ["Mallory", "Mallory too"] {
        crowd.push((shop.port(), shop.form(thief, "/sign-in", ADAS).await));
    }
    crowd.insert(1, (shop.port(), shop.form("Ada", "/password", ANOTHER).await));
    let answers = shop.at_once(&crowd).await;
    assert_eq!(answers[1].0, StatusCode::SEE_OTHER, "{answers:?}");
    assert_eq!(shop.members().await, ["Ada"], "{answers:?}");
    for (number, (_, cookie)) in answers.iter().enumerate() {
        assert_eq!(shop.opens(cookie).await, number == 1, "{number}");
    }
}

async fn sign_ins_beside_the_end_of_an_account_leave_nobody_in(kind: Kind) {
    let mut shop = Shop::administered(kind).await;
    shop.shops("Ada").await;
    let mut crowd = Vec::new();
    for browser in ["Phone", "Office"] {
        crowd.push((shop.port(), shop.form(browser, "/sign-in", ADAS).await));
    }
    crowd.push((shop.port(), shop.form("Ada", "/confirm", RIGHT).await));
    let disable = shop.form("Grace", "/administrator/disable", "name=Ada").await;
    crowd.insert(1, (shop.port(), disable));
    let answers = shop.at_once(&crowd).await;
    assert_eq!(answers[1].0, StatusCode::SEE_OTHER, "{answers:?}");
    assert_eq!(shop.members().await, ["administrator"], "{answers:?}");
}

async fn five_confirmations_at_once_leave_one_session(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let form = shop.form("Ada", "/confirm", RIGHT).await;
    let crowd = vec![(shop.port(), form); 5];
    let answers = shop.at_once(&crowd).await;
    let mut opening = 0;
    for (_, cookie) in answers.iter().filter(|(_, cookie)| !cookie.is_empty()) {
        opening += u8::from(shop.opens(cookie).await);
    }
    assert_eq!((shop.members().await.len(), opening), (1, 1), "{answers:?}");
}

async fn what_two_tabs_send_to_two_servers_at_once_is_all_in_the_basket(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let another = shop.another();
    shop.shops("Ada").await;
    let teas = ["sencha", "oolong", "sencha", "assam"];
    let ports = [shop.port(), another.port()];
    let mut crowd = Vec::new();
    for (tea, port) in teas.into_iter().zip(ports.into_iter().cycle()) {
        crowd
            .push((port, shop.form("Ada", "/basket", &format!("tea={tea}")).await));
    }
    for (status, _) in shop.at_once(&crowd).await {
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let page = shop.get("Ada", "/").await.text;
    for line in ["2 × Assam", "2 × Sencha", "1 × Oolong"] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

async fn an_order_that_is_sent_five_times_at_once_to_two_servers_is_one(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let another = shop.another();
    shop.shops("Ada").await;
    let order = shop.secret("Ada", "order").await;
    let form = shop.form("Ada", "/checkout", &format!("order={order}")).await;
    let ports = [shop.port(), another.port()].into_iter().cycle();
    let crowd: Vec<_> = ports.take(5).map(|port| (port, form.clone())).collect();
    let answers = shop.at_once(&crowd).await;
    assert!(answers.iter().any(|it| it.0 == StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(shop.orders("Ada").await, ["1 × Assam"]);
    // One password, one order.
    shop.buy("Ada", "sencha").await;
    let answer = shop.check_out("Ada").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

async fn of_twenty_forms_at_once_each_is_done_or_says_that_it_is_not(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.give("Ada", "/register", "Ada", PASSWORD).await;
    let form = shop.form("Ada", "/basket", "tea=assam").await;
    let crowd = vec![(shop.port(), form); 20];
    let answers = shop.at_once(&crowd).await;
    let done = answers.iter().filter(|it| it.0 == StatusCode::SEE_OTHER).count();
    for (status, _) in &answers {
        // The tenth run was overtaken, too: load the page again.
        assert!(
            [StatusCode::SEE_OTHER, StatusCode::CONFLICT].contains(status),
            "{answers:?}"
        );
    }
    assert!(done > 0, "{answers:?}");
    let page = shop.get("Ada", "/").await.text;
    assert!(page.contains(&format!("{done} × Assam")), "{done}: {page}");
}

async fn a_half_form_of_a_session_keeps_no_other_one_waiting(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let half = shop.half("Ada", "/basket", "tea=sencha").await;
    assert_eq!(shop.buy("Ada", "oolong").await.status, StatusCode::SEE_OTHER);
    assert!(shop.is_in("Ada").await);
    assert_eq!(the_rest(half).await, StatusCode::SEE_OTHER);
    let page = shop.get("Ada", "/").await.text;
    assert!(page.contains("1 × Oolong") && page.contains("1 × Sencha"), "{page}");
}

async fn a_form_that_was_half_sent_at_the_ending_does_nothing(kind: Kind) {
    let mut shop = Shop::administered(kind).await;
    shop.shops("Ada").await;
    let half = shop.half("Ada", "/password", ANOTHER).await;
    shop.sign_out("Ada").await;
    assert_ne!(the_rest(half).await, StatusCode::OK);
    let answer = shop.sign_in_as_ada("Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the password is the old one");

    shop.buy("Ada", "assam").await;
    let order = shop.secret("Ada", "order").await;
    let half = shop.half("Ada", "/checkout", &format!("order={order}")).await;
    shop.submit("Grace", "/administrator/disable", "name=Ada").await;
    the_rest(half).await;
    shop.submit("Grace", "/administrator/enable", "name=Ada").await;
    shop.sign_in_as_ada("Ada").await;
    assert!(shop.orders("Ada").await.is_empty(), "nothing was ordered");
}

async fn a_disabled_member_is_out_everywhere_and_stays_out_until_enabled_again(
    kind: Kind,
) {
    let mut shop = Shop::administered(kind).await;
    shop.three_devices().await;
    let wrong = shop.give("Tablet", "/sign-in", "Ada", "wrong").await;
    shop.submit("Grace", "/administrator/disable", "name=Ada").await;
    for browser in DEVICES {
        assert!(!shop.is_in(browser).await, "{browser}");
    }
    let refused = shop.sign_in_as_ada("Tablet").await;
    assert_eq!(
        (refused.status, &refused.body),
        (StatusCode::FORBIDDEN, &wrong.body)
    );
    shop.submit("Grace", "/administrator/disable", "name=administrator").await;
    assert!(shop.is_in("Grace").await, "nobody shuts herself out");
    shop.submit("Grace", "/administrator/enable", "name=Ada").await;
    assert!(!shop.is_in("Laptop").await, "no session comes back");
    shop.sign_in_as_ada("Laptop").await;
    assert!(shop.is_in("Laptop").await);
}

async fn another_password_ends_all_sessions_but_the_one_that_gave_it(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.three_devices().await;
    let before = shop.cookie("Phone");
    shop.submit("Phone", "/password", ANOTHER).await;
    assert!(shop.is_in("Phone").await && !shop.opens(&before).await);
    assert_eq!(shop.count().await, 1);
    for browser in ["Laptop", "Office"] {
        assert!(!shop.is_in(browser).await, "{browser}");
    }
    let answer = shop.sign_in_as_ada("Office").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "the old one is none");
    shop.give("Office", "/sign-in", "Ada", "two cups at four").await;
    assert!(shop.is_in("Office").await);
}

async fn nobody_is_signed_out_by_an_identifier_that_was_planted_or_copied_before(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.sign_out("Ada").await;
    shop.buy("Mallory", "assam").await;
    shop.steal("Mallory", "Ada");
    shop.sign_in_as_ada("Ada").await;
    shop.sign_out("Mallory").await;
    assert!(shop.is_in("Ada").await, "it was planted");
    shop.steal("Ada", "Mallory");
    shop.submit("Ada", "/confirm", RIGHT).await;
    assert!(shop.is_in("Ada").await);
    shop.post("Mallory", "/sign-out", "").await;
    assert!(shop.is_in("Ada").await, "it was copied");
}

async fn a_page_that_is_asked_for_before_the_new_identifier_came_takes_no_cookie_away(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for (path, fields) in
        [("/confirm", RIGHT), ("/sign-in", ADAS), ("/password", ANOTHER)]
    {
        shop.steal("Ada", "Another tab");
        let answer = shop.submit("Ada", path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        for page in ["/about", "/", "/member", "/nowhere"] {
            let answer = shop.get("Another tab", page).await;
            assert_eq!(answer.header("set-cookie"), None, "{path}, {page}");
        }
        assert!(shop.is_in("Ada").await, "{path}");
    }
}

/// Nobody else can, and no more often: each costs a hash, and is counted.
async fn hole_whoever_knows_the_password_signs_its_owner_out_thirty_times_a_minute(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for number in 0..30 {
        let thief = format!("Mallory {}", number % 3);
        shop.close(&thief);
        let answer = shop.sign_in_as_ada(&thief).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{number}");
    }
    assert!(!shop.is_in("Ada").await);
    assert_eq!(shop.count().await, 3);
    let answer = shop.sign_in_as_ada("Mallory").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

async fn every_page_of_a_member_can_sign_out(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for path in ["/", "/member", "/devices", "/password", "/confirm"] {
        let page = shop.get("Ada", path).await.body;
        let form = r#"<form method="post" action="/sign-out">"#;
        assert!(page.contains(form), "{path}: {page}");
    }
}

async fn an_administrator_ends_one_members_sessions_or_all_but_her_own(kind: Kind) {
    let mut shop = Shop::administered(kind).await;
    shop.three_devices().await;
    shop.shops("Mallory").await;
    for path in ["end", "end-all", "disable", "enable"] {
        let path = format!("/administrator/{path}");
        let answer = shop.submit("Mallory", &path, "name=Ada").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(shop.count().await, 5, "she is no administrator");
    shop.submit("Grace", "/administrator/end", "name=Ada").await;
    for browser in DEVICES {
        assert!(!shop.is_in(browser).await, "{browser}");
    }
    assert!(shop.is_in("Mallory").await && shop.is_in("Grace").await);
    shop.submit("Grace", "/administrator/end-all", "").await;
    assert!(!shop.is_in("Mallory").await && shop.is_in("Grace").await);
    assert_eq!(shop.count().await, 1);
}

async fn a_member_sees_her_devices_alone_and_ends_them_with_a_fresh_password(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.three_devices().await;
    shop.shops("Mallory").await;
    let page = shop.get("Phone", "/devices").await;
    assert_eq!(page.body.matches(r#"name="handle""#).count(), 3, "{}", page.text);
    for browser in ["Laptop", "Phone", "Office", "Mallory"] {
        let (cookie, id) = (shop.cookie(browser), shop.id(browser).expect("one"));
        assert!(
            !page.body.contains(&cookie) && !page.body.contains(&id.to_string())
        );
    }
    let office = shop.secret("Office", "handle").await;
    let theirs = format!("handle={office}");
    shop.submit("Mallory", "/devices/end", &theirs).await;
    shop.submit("Mallory", "/devices/end-others", "").await;
    assert!(shop.is_in("Office").await, "Mallory ends no session of Ada's");
    shop.pass(time::Duration::minutes(6)).await;
    let answer = shop.submit("Phone", "/devices/end", &theirs).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "not without the password");
    shop.submit("Phone", "/confirm", RIGHT).await;
    shop.submit("Phone", "/devices/end", &theirs).await;
    assert!(!shop.is_in("Office").await && shop.is_in("Laptop").await);
    shop.submit("Phone", "/devices/end-others", "").await;
    assert!(!shop.is_in("Laptop").await && shop.is_in("Phone").await);
    assert!(shop.is_in("Mallory").await);
}

async fn at_the_fourth_sign_in_the_first_device_makes_room(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.three_devices().await;
    shop.sign_in_as_ada("Tablet").await;
    assert!(!shop.is_in("Laptop").await);
    for browser in ["Phone", "Office", "Tablet"] {
        assert!(shop.is_in(browser).await, "{browser}");
    }
    let mut crowd = Vec::new();
    for number in 0..4 {
        let browser = format!("Browser {number}");
        crowd.push((shop.port(), shop.form(&browser, "/sign-in", ADAS).await));
    }
    shop.at_once(&crowd).await;
    let kept = shop.members().await.len();
    assert!((1..=3).contains(&kept), "{kept} at once");
}

async fn the_browser_is_told_to_forget_and_to_keep_no_page(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let page = shop.get("Ada", "/member").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let answer = shop.sign_out("Ada").await;
    assert_eq!(answer.header("clear-site-data"), Some(r#""storage""#));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(shop.cookies("Ada").is_empty());
}
