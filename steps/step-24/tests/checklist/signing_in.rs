//! Signing in, and what a password is good for.

use axum::http::StatusCode;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    people::{ADAS, ANOTHER, RIGHT},
    shop::{PASSWORD, Shop},
    stores::{Kind, on_each_store},
};

/// Whoever speaks for others is named, and what the site is called.
const BEHIND: [(&str, &str); 2] =
    [("ORIGIN", "http://localhost:8080"), ("PROXIES", "127.0.0.1")];

on_each_store! {
    the_identifier_is_another_after_each_sign_in_and_the_one_before_opens_nothing,
    a_confirmation_and_another_password_bring_another_identifier,
    whoever_takes_over_a_browser_finds_nothing_of_the_member_before,
    an_identifier_that_mallory_planted_opens_nothing_of_adas,
    nobody_registers_a_name_in_another_spelling_or_one_that_cannot_be_seen,
    hole_two_names_of_one_script_each_look_alike_and_are_both_taken,
    eight_characters_are_enough_and_any_kind_of_them_up_to_128,
    none_of_the_commonest_passwords_and_not_the_own_name_is_taken,
    after_five_wrong_passwords_from_there_the_right_one_is_refused_and_who_is_in_stays,
    a_thief_in_a_session_guesses_five_times,
    one_address_tries_thirty_passwords_whatever_it_says_of_itself,
    behind_a_proxy_mallory_keeps_nobody_out_but_herself,
    hole_twenty_addresses_keep_ada_out,
    ten_register_from_one_address_and_the_eleventh_does_not,
    guesses_at_once_are_counted_like_those_one_by_one,
    the_log_tells_of_each_password_and_shows_none,
    no_password_stands_in_the_store_or_on_a_page,
    a_remembered_member_gives_the_password_once_a_week,
    what_is_sensitive_asks_for_a_password_of_the_last_five_minutes,
    one_password_is_good_for_one_order,
    a_copied_cookie_makes_no_session_longer_without_the_password,
    a_password_of_the_future_is_not_fresh,
}

async fn the_identifier_is_another_after_each_sign_in_and_the_one_before_opens_nothing(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Grace").await;
    shop.buy("Ada", "sencha").await;
    let mut before = vec![shop.cookie("Ada")];
    for (path, name) in
        [("/register", "Ada"), ("/sign-in", "Ada"), ("/sign-in", "Grace")]
    {
        let answer = shop.give("Ada", path, name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {name}");
        assert!(shop.is_in("Ada").await);
        let now = shop.cookie("Ada");
        for old in &before {
            assert_ne!(*old, now, "{path} {name}");
            assert!(!shop.opens(old).await, "{path} {name}");
        }
        before.push(now);
        let basket = shop.get("Ada", "/").await.text.contains("1 × Sencha");
        assert_eq!(basket, name == "Ada", "it is Ada's: {path} {name}");
    }
}

async fn a_confirmation_and_another_password_bring_another_identifier(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for (path, fields) in [("/confirm", RIGHT), ("/password", ANOTHER)] {
        let before = shop.cookie("Ada");
        let answer = shop.submit("Ada", path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_ne!(shop.cookie("Ada"), before, "{path}");
        assert!(shop.is_in("Ada").await && !shop.opens(&before).await, "{path}");
        assert_eq!(shop.count().await, 1, "{path}");
    }
}

async fn whoever_takes_over_a_browser_finds_nothing_of_the_member_before(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Mallory").await;
    shop.sign_out("Mallory").await;
    shop.shops("Ada").await;
    shop.check_out("Ada").await;
    shop.buy("Ada", "oolong").await;
    let token = shop.secret("Ada", "token").await;
    shop.give("Ada", "/sign-in", "Mallory", PASSWORD).await;
    assert_ne!(shop.secret("Ada", "token").await, token);
    assert!(shop.orders("Ada").await.is_empty());
    for path in ["/", "/member", "/devices"] {
        let page = shop.get("Ada", path).await.text;
        assert!(page.contains("Mallory") && !page.contains("1 × Oolong"), "{page}");
    }
    assert_eq!(shop.members().await, ["Mallory"]);
}

async fn an_identifier_that_mallory_planted_opens_nothing_of_adas(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.sign_out("Ada").await;
    shop.buy("Mallory", "assam").await;
    shop.steal("Mallory", "Ada");
    shop.sign_in_as_ada("Ada").await;
    assert!(shop.is_in("Ada").await, "the attack runs");
    assert!(!shop.is_in("Mallory").await);
    assert!(!shop.get("Mallory", "/").await.text.contains("Ada"));
    // And a member's session of hers becomes nobody else's.
    shop.close("Ada");
    shop.shops("Mallory").await;
    shop.steal("Mallory", "Ada");
    shop.sign_in_as_ada("Ada").await;
    assert!(!shop.is_in("Mallory").await && shop.is_in("Ada").await);
}

async fn nobody_registers_a_name_in_another_spelling_or_one_that_cannot_be_seen(
    kind: Kind,
) {
    let mut shop = Shop::administered(kind).await;
    shop.shops("Ada").await;
    for name in
        ["ada", "ADA", "Ada ", " Ada", "Ａｄａ", "Administrator", "administrator "]
    {
        let answer = shop.give("Mallory", "/register", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{name:?}");
    }
    // Cyrillic beside Latin, and what a page shows as nothing.
    for name in [
        "\u{410}da",
        "\u{430}dministrator",
        "Ada\u{200b}",
        "\u{2800}",
        "A\u{ad}da",
        "",
        " ",
    ] {
        let answer = shop.give("Mallory", "/register", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
    }
    assert!(!shop.is_in("Mallory").await);
}

/// All of it Cyrillic, which a Latin name looks like.
async fn hole_two_names_of_one_script_each_look_alike_and_are_both_taken(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    for (who, name) in [("Ada", "caxap"), ("Mallory", "сахар")] {
        let answer = shop.give(who, "/register", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
    }
}

async fn eight_characters_are_enough_and_any_kind_of_them_up_to_128(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    let (tea, letter) = ("\u{1f375}", "e\u{301}");
    for (number, (password, status)) in [
        (letter.repeat(8), StatusCode::SEE_OTHER),
        (tea.repeat(64), StatusCode::SEE_OTHER),
        (tea.repeat(128), StatusCode::SEE_OTHER),
        (letter.repeat(7), StatusCode::UNPROCESSABLE_ENTITY),
        ("a".repeat(129), StatusCode::UNPROCESSABLE_ENTITY),
        ("1234567".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    ]
    .into_iter()
    .enumerate()
    {
        let who = format!("Ada {number}");
        let answer = shop.give(&who, "/register", &who, &password).await;
        assert_eq!(answer.status, status, "{password}");
        if status == StatusCode::SEE_OTHER {
            shop.close(&who);
            shop.give(&who, "/sign-in", &who, &password).await;
            assert!(shop.is_in(&who).await, "{password}");
        }
    }
}

async fn none_of_the_commonest_passwords_and_not_the_own_name_is_taken(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for password in
        ["password", "12345678", "password1", "Ada Lovelace", "PASSWORD"]
    {
        let answer =
            shop.give("Mallory", "/register", "Ada Lovelace", password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        if password != "Ada Lovelace" {
            let fields = format!("{RIGHT}&new={password}");
            let answer = shop.submit("Ada", "/password", &fields).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{password}"
            );
        }
    }
}

async fn after_five_wrong_passwords_from_there_the_right_one_is_refused_and_who_is_in_stays(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for number in 0..5 {
        let answer = shop.give("Mallory", "/sign-in", "Ada", "wrong").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{number}");
    }
    let answer = shop.sign_in_as_ada("Mallory").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").is_some());
    // Another name is another count, and Ada herself goes on.
    let answer = shop.give("Mallory", "/sign-in", "Grace", "wrong").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for (path, fields) in [("/confirm", RIGHT), ("/password", ANOTHER)] {
        let answer = shop.submit("Ada", path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
}

async fn a_thief_in_a_session_guesses_five_times(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.three_devices().await;
    shop.steal("Phone", "Mallory");
    for number in 0..7 {
        let (path, fields) = match number % 2 {
            0 => ("/confirm", "password=x"),
            _ => ("/password", "password=x&new=two+cups+at+four"),
        };
        let answer = shop.submit("Mallory", path, fields).await;
        let is_guess = answer.status == StatusCode::FORBIDDEN;
        assert_eq!(is_guess, number < 5, "{path} {number}: {}", answer.status);
    }
    let answer = shop.submit("Mallory", "/confirm", RIGHT).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let answer = shop.submit("Laptop", "/confirm", RIGHT).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "the others are not the thief's"
    );
}

async fn one_address_tries_thirty_passwords_whatever_it_says_of_itself(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for number in 0..31 {
        let name = format!("name=Grace+{number}&password=a+cup+before+noon");
        let header = ["x-forwarded-for", "forwarded", "x-real-ip"][number % 3];
        let somebody = format!("198.51.100.{number}");
        let form = conversation::Request::new(axum::http::Method::POST, "/sign-in")
            .form(&name)
            .header(header, &somebody);
        let status = shop.send("Mallory", form).await.status;
        let is_tried = status == StatusCode::FORBIDDEN;
        assert_eq!(is_tried, number < 30, "{number}: {status}");
    }
    // A member who is in is not from there, whoever else is.
    assert!(shop.is_in("Ada").await);
    assert_eq!(
        shop.submit("Ada", "/confirm", RIGHT).await.status,
        StatusCode::SEE_OTHER
    );
}

/// `who` comes through the proxy from this address, and has said something before it did.
async fn through_the_proxy(
    shop: &mut Shop,
    from: &str,
    path: &str,
    fields: &str,
) -> StatusCode {
    let said = format!("198.51.100.7, {from}");
    let form = conversation::Request::new(axum::http::Method::POST, path)
        .form(fields)
        .header("x-forwarded-for", &said);
    shop.close("Somebody");
    shop.send("Somebody", form).await.status
}

const GUESS: &str = "name=Ada&password=wrong";

async fn behind_a_proxy_mallory_keeps_nobody_out_but_herself(kind: Kind) {
    let mut shop = Shop::with(kind, &BEHIND).await;
    let (ada, mallory) = ("192.0.2.1", "203.0.113.9");
    through_the_proxy(&mut shop, ada, "/register", ADAS).await;
    for number in 0..8 {
        let status = through_the_proxy(&mut shop, mallory, "/sign-in", GUESS).await;
        assert_eq!(
            status == StatusCode::FORBIDDEN,
            number < 5,
            "{number}: {status}"
        );
    }
    let status = through_the_proxy(&mut shop, mallory, "/sign-in", ADAS).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let status = through_the_proxy(&mut shop, ada, "/sign-in", ADAS).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    // The addresses of one IPv6 connection are one.
    for number in 0..7 {
        let from = format!("2001:db8:0:1:{number:x}00::{number}");
        let status = through_the_proxy(&mut shop, &from, "/sign-in", GUESS).await;
        assert_eq!(
            status == StatusCode::FORBIDDEN,
            number < 5,
            "{number}: {status}"
        );
    }
    let status =
        through_the_proxy(&mut shop, "2001:db8:0:2::1", "/sign-in", GUESS).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

/// A hundred wrong passwords a minute for one name are enough for that.
async fn hole_twenty_addresses_keep_ada_out(kind: Kind) {
    let mut shop = Shop::with(kind, &BEHIND).await;
    through_the_proxy(&mut shop, "192.0.2.1", "/register", ADAS).await;
    shop.place.make_guesses_cheap();
    for mallory in 1..=20 {
        for _ in 0..5 {
            let from = format!("203.0.113.{mallory}");
            let status =
                through_the_proxy(&mut shop, &from, "/sign-in", GUESS).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{from}");
        }
    }
    let status = through_the_proxy(&mut shop, "192.0.2.1", "/sign-in", ADAS).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

async fn ten_register_from_one_address_and_the_eleventh_does_not(kind: Kind) {
    let mut shop = Shop::with(kind, &BEHIND).await;
    for number in 0..11 {
        let fields = format!("name=Mallory+{number}&password=a+cup+before+noon");
        let status =
            through_the_proxy(&mut shop, "203.0.113.9", "/register", &fields).await;
        assert_eq!(
            status == StatusCode::SEE_OTHER,
            number < 10,
            "{number}: {status}"
        );
    }
    let status = through_the_proxy(&mut shop, "192.0.2.1", "/register", ADAS).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "elsewhere");
    let status =
        through_the_proxy(&mut shop, "203.0.113.9", "/sign-in", ADAS).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "whoever is a member gets in");
}

async fn guesses_at_once_are_counted_like_those_one_by_one(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let form = shop.form("Mallory", "/sign-in", GUESS).await;
    let crowd = vec![(shop.port(), form); 12];
    let answers = shop.at_once(&crowd).await;
    let tried = answers.iter().filter(|it| it.0 == StatusCode::FORBIDDEN).count();
    let refused =
        answers.iter().filter(|it| it.0 == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!((tried, refused), (5, 7), "{answers:?}");
    assert!(shop.is_in("Ada").await);
}

async fn the_log_tells_of_each_password_and_shows_none(kind: Kind) {
    let mut shop = Shop::with(kind, &[("LOG", "debug")]).await;
    shop.shops("Ada").await;
    shop.give("Mallory", "/sign-in", "Ada", "a-wrong-secret").await;
    shop.submit("Ada", "/confirm", "password=another-wrong-secret").await;
    shop.submit("Ada", "/confirm", RIGHT).await;
    let (cookie, id) =
        (shop.cookie("Ada"), shop.id("Ada").expect("a session").to_string());
    let key = shop.key.rsplit(' ').next().unwrap_or_default().to_owned();
    let log = shop.log();
    for line in
        ["signs in member=\"Ada\"", "gives the password once more member=\"Ada\""]
    {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert_eq!(log.matches("a password is refused").count(), 2, "{log}");
    for secret in [
        PASSWORD,
        "a-wrong-secret",
        "another-wrong-secret",
        "argon2id",
        &cookie,
        &id,
        &key,
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

async fn no_password_stands_in_the_store_or_on_a_page(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let answer = shop.give("Mallory", "/sign-in", "Ada", "a-wrong-secret").await;
    assert!(
        !answer.body.contains("a-wrong-secret") && !answer.body.contains("argon2")
    );
    for path in ["/member", "/password", "/confirm", "/devices"] {
        let page = shop.get("Ada", path).await.body;
        assert!(!page.contains(PASSWORD) && !page.contains("argon2"), "{path}");
    }
    let kept = shop.place.at_rest();
    assert!(kept.contains("argon2id") && kept.contains("Ada"), "it is looked at");
    assert!(!kept.contains(PASSWORD) && !kept.contains("a-wrong-secret"));
}

async fn a_remembered_member_gives_the_password_once_a_week(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.submit("Ada", "/remember", "remember=true").await;
    shop.pass(Duration::days(6)).await;
    assert!(shop.is_in("Ada").await);
    shop.pass(Duration::days(1)).await;
    for path in ["/member", "/devices", "/password"] {
        let answer = shop.get("Ada", path).await;
        assert_eq!(answer.header("location"), Some("/confirm"), "{path}");
    }
    shop.submit("Ada", "/confirm", RIGHT).await;
    assert!(shop.is_in("Ada").await);
}

async fn what_is_sensitive_asks_for_a_password_of_the_last_five_minutes(
    kind: Kind,
) {
    let mut shop = Shop::administered(kind).await;
    shop.three_devices().await;
    shop.buy("Phone", "assam").await;
    let handle = shop.secret("Office", "handle").await;
    shop.pass(Duration::minutes(6)).await;
    let order = format!("order={}", shop.secret("Phone", "order").await);
    for (who, path, fields) in [
        ("Phone", "/devices/end", format!("handle={handle}")),
        ("Phone", "/devices/end-others", String::new()),
        ("Phone", "/checkout", order),
        ("Phone", "/remember", "remember=true".to_owned()),
        ("Phone", "/password", "new=two+cups+at+four&password=x".to_owned()),
        ("Grace", "/administrator/end", "name=Ada".to_owned()),
        ("Grace", "/administrator/end-all", String::new()),
        ("Grace", "/administrator/disable", "name=Ada".to_owned()),
        ("Grace", "/administrator/enable", "name=Ada".to_owned()),
    ] {
        let answer = shop.submit(who, path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(shop.count().await, 4, "nothing is done");
    shop.submit("Phone", "/confirm", RIGHT).await;
    let answer = shop.submit("Phone", "/devices/end-others", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

async fn one_password_is_good_for_one_order(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    assert_eq!(shop.check_out("Ada").await.status, StatusCode::SEE_OTHER);
    shop.buy("Ada", "sencha").await;
    assert_eq!(shop.check_out("Ada").await.status, StatusCode::FORBIDDEN);
    // Not by whatever is under way beside the confirmation, either.
    shop.submit("Ada", "/confirm", RIGHT).await;
    let order = format!("order={}", shop.secret("Ada", "order").await);
    let mut crowd = Vec::new();
    for (path, fields) in
        [("/checkout", &*order), ("/basket", "tea=oolong")].repeat(3)
    {
        crowd.push((shop.port(), shop.form("Ada", path, fields).await));
    }
    shop.at_once(&crowd).await;
    shop.buy("Ada", "oolong").await;
    shop.check_out("Ada").await;
    let ordered = shop.orders("Ada").await;
    assert!(ordered.len() <= 2, "a second password, a second order: {ordered:?}");
}

async fn a_copied_cookie_makes_no_session_longer_without_the_password(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    shop.pass(Duration::minutes(6)).await;
    shop.steal("Ada", "Mallory");
    let answer = shop.submit("Mallory", "/remember", "remember=true").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    shop.pass(Duration::minutes(31)).await;
    assert!(!shop.is_in("Mallory").await);
}

async fn a_password_of_the_future_is_not_fresh(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let future = OffsetDateTime::now_utc() + Duration::hours(1);
    let future = future.format(&Rfc3339).expect("a date");
    shop.rewrite("Ada", |record| {
        let password = record.data.get_mut("password").expect("when it was given");
        replace_dates(password, &future);
    })
    .await;
    let answer = shop.check_out("Ada").await;
    assert_ne!(answer.status, StatusCode::SEE_OTHER);
    shop.sign_in_as_ada("Ada").await;
    assert!(shop.orders("Ada").await.is_empty());
}

fn replace_dates(value: &mut serde_json::Value, date: &str) {
    match value {
        serde_json::Value::String(text)
            if OffsetDateTime::parse(text, &Rfc3339).is_ok() =>
        {
            *text = date.to_owned();
        }
        serde_json::Value::Array(all) => {
            all.iter_mut().for_each(|it| replace_dates(it, date))
        }
        serde_json::Value::Object(all) => {
            all.values_mut().for_each(|it| replace_dates(it, date));
        }
        _ => {}
    }
}
