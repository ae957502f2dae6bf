//! The same acts with a session and with tokens: who still gets in, and for how long.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{Answer, Conversation, snapshot_settings};
use jsonwebtoken::dangerous;
use serde_json::Value;
use step_22::{
    accounts::{Account, Accounts},
    secret::{Keys, Ring},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

#[allow(dead_code, reason = "not each test file asks for all of it")]
mod program;
mod told;
use program::{PASSWORD, now, orders, put_forward, refresh, sign_in, site, with};
use told::Told;

const TYPED: &str = "password=a+cup+before+noon";

/// What is done to end what somebody may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Nothing,
    SignsOut,
    ChangesPassword,
    IsDisabled,
    LosesRole,
    KeyChanges,
    KeyIsTakenAway,
}

impl Act {
    const ALL: [Self; 7] = [
        Self::Nothing,
        Self::SignsOut,
        Self::ChangesPassword,
        Self::IsDisabled,
        Self::LosesRole,
        Self::KeyChanges,
        Self::KeyIsTakenAway,
    ];

    fn says(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is done",
            Self::SignsOut => "signed out",
            Self::ChangesPassword => "password changed",
            Self::IsDisabled => "account disabled",
            Self::LosesRole => "role taken away",
            Self::KeyChanges => "key changed",
            Self::KeyIsTakenAway => "key taken away",
        }
    }

    /// Whom it is done to.
    fn to(self) -> &'static str {
        if self == Self::LosesRole { "administrator" } else { "Ada" }
    }
}

/// A key of this letter, an hour old.
fn key(letter: u8) -> String {
    let made = OffsetDateTime::now_utc() - Duration::HOUR;
    let made = made.format(&Rfc3339).expect("a date");
    format!("{made} {}", BASE64_STANDARD.encode([letter; 64]))
}

fn keys(letters: &[u8]) -> Keys {
    let lines: Vec<String> = letters.iter().map(|letter| key(*letter)).collect();
    Keys::parse(&lines.join("\n")).expect("keys")
}

/// A server, where a member is signed in with a browser and a program. Mallory has a copy of
/// the cookie and of the tokens.
struct Play {
    act: Act,
    story: Conversation,
    store: Told,
    ring: Ring,
    app: Router,
    access: String,
    refresh: String,
}

impl Play {
    async fn begin(act: Act, lives: Duration) -> Self {
        trial::forbid_in_logs(&[PASSWORD]);
        let store = Told::new();
        let account = Account::administrator(PASSWORD.to_owned()).await;
        store.add(account.expect("an account")).await.expect("a store");
        let ring = Ring::new(keys(&[1]));
        let (members, site) = (store.clone(), site(lives));
        let app = step_22::app(store.clone(), ring.clone(), members, site);
        let mut story = Conversation::new("Acts", app.clone(), store.clone());
        story.post("Phone", "/register", &format!("name=Ada&{TYPED}")).await;
        for (who, name) in
            [("Desk", "administrator"), ("Laptop", act.to()), ("Phone", "Ada")]
        {
            let form = format!("name={name}&{TYPED}");
            story.post(who, "/sign-in", &form).await;
        }
        let given = sign_in(&app, act.to(), PASSWORD).await;
        let access = given.text("access_token");
        let refresh = given.text("refresh_token");
        let mut play = Self { act, story, store, ring, app, access, refresh };
        // A browser's session that would be over by itself tells nothing.
        play.submit("Laptop", "/remember", "remember=true").await;
        play.story.steal("Laptop", "Mallory");
        play
    }

    async fn submit(&mut self, who: &str, path: &str, fields: &str) -> Answer {
        let page = self.story.get(who, "/").await.body;
        let (_, token) =
            page.split_once(r#"name="token" value=""#).expect("a form");
        let token = token.split('"').next().unwrap_or_default();
        let form = format!("token={token}&{fields}");
        let answer = self.story.post(who, path, &form).await;
        assert!(answer.status.is_redirection(), "{path}: {}", answer.text);
        answer
    }

    async fn act(&mut self) {
        match self.act {
            Act::Nothing => {}
            Act::SignsOut => {
                self.submit("Laptop", "/sign-out", "").await;
                let path = "/api/tokens/end";
                with(&self.app, Method::POST, path, &self.refresh).await;
            }
            Act::ChangesPassword => {
                let fields = format!("{TYPED}&new=two+cups+at+four");
                self.submit("Phone", "/password", &fields).await;
            }
            Act::IsDisabled => {
                let path = "/administrator/disable";
                self.submit("Desk", path, "name=Ada").await;
            }
            Act::LosesRole => self.store.inner().take_roles(),
            Act::KeyChanges => self.ring.replace(keys(&[1, 2])),
            Act::KeyIsTakenAway => self.ring.replace(keys(&[2])),
        }
    }

    async fn pass(&mut self, time: Duration) {
        self.story.pass(time).await;
        put_forward(time);
    }

    /// Whether the cookie lets Mallory in.
    async fn cookie_counts(&mut self) -> bool {
        let page = match self.act {
            Act::LosesRole => "/administrator",
            _ => "/member",
        };
        self.story.get("Mallory", page).await.status == StatusCode::OK
    }

    /// Whether the access token lets Mallory in where nobody asks for the session.
    async fn access_counts(&self) -> bool {
        match self.act {
            Act::LosesRole => says_administrator(&self.access),
            _ => orders(&self.app, &self.access).await.status == StatusCode::OK,
        }
    }

    /// Whether Mallory gets another access token, and whether that one lets him in.
    async fn refresh_counts(&mut self) -> bool {
        let given = refresh(&self.app, &self.refresh).await;
        if given.status != StatusCode::OK {
            return false;
        }
        self.refresh = given.text("refresh_token");
        let access = given.text("access_token");
        self.act != Act::LosesRole || says_administrator(&access)
    }
}

/// What a server makes of a token that leaves it at what that says.
fn says_administrator(token: &str) -> bool {
    let claims: Value = dangerous::insecure_decode_claims(token).expect("claims");
    claims["role"] == "administrator"
        && claims["exp"].as_i64() > Some(now().unix_timestamp())
}

/// The moments at which Mallory tries, and since when he is out who is in no more.
const MOMENTS: [(Duration, &str); 5] = [
    (Duration::ZERO, "at once"),
    (Duration::seconds(5 * 60 - 1), "before 5 minutes"),
    (Duration::minutes(5), "after 5 minutes"),
    (Duration::seconds(24 * 60 * 60 - 1), "before a day"),
    (Duration::days(1), "after a day"),
];

/// What lets Mallory in.
#[derive(Clone, Copy, Debug)]
enum By {
    Cookie,
    Access,
    Refresh,
    DayLong,
}

/// The first of the moments at which Mallory is out.
async fn out(act: Act, by: By) -> &'static str {
    let lives = match by {
        By::DayLong => Duration::days(1),
        _ => Duration::minutes(5),
    };
    let mut play = Play::begin(act, lives).await;
    play.act().await;
    let mut passed = Duration::ZERO;
    for (moment, says) in MOMENTS {
        play.pass(moment - passed).await;
        passed = moment;
        let is_in = match by {
            By::Cookie => play.cookie_counts().await,
            By::Access | By::DayLong => play.access_counts().await,
            By::Refresh => play.refresh_counts().await,
        };
        if !is_in {
            return says;
        }
    }
    "stays in"
}

#[tokio::test]
async fn who_is_out_after_which_act() {
    let mut table = vec![
        "| what happens | session | access token | refresh token | token of a day |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for act in Act::ALL {
        let mut row = format!("| {} |", act.says());
        for by in [By::Cookie, By::Access, By::Refresh, By::DayLong] {
            row += &format!(" {} |", out(act, by).await);
        }
        table.push(row);
    }
    let settings = snapshot_settings!();
    settings.bind(|| insta::assert_snapshot!("acts", table.join("\n")));
}

/// To ask whether it is still so is to have a session again.
#[tokio::test]
async fn where_the_session_and_the_account_are_asked_both_are_out_at_once() {
    let path = "/api/administrator";
    let mut play = Play::begin(Act::LosesRole, Duration::days(1)).await;
    let answer = with(&play.app, Method::GET, path, &play.access).await;
    assert_eq!(answer.status, StatusCode::OK);
    play.act().await;
    assert!(says_administrator(&play.access));
    let answer = with(&play.app, Method::GET, path, &play.access).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let play = Play::begin(Act::LosesRole, Duration::days(1)).await;
    with(&play.app, Method::POST, "/api/tokens/end", &play.refresh).await;
    let answer = with(&play.app, Method::GET, path, &play.access).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(says_administrator(&play.access));
}

/// Whose token says nothing of a role learns nothing of the page.
#[tokio::test]
async fn a_member_is_no_administrator() {
    let play = Play::begin(Act::Nothing, Duration::minutes(5)).await;
    let path = "/api/administrator";
    let answer = with(&play.app, Method::GET, path, &play.access).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

/// Nothing asks the store.
#[tokio::test]
async fn hole_a_token_works_after_its_session_has_ended() {
    let mut play = Play::begin(Act::SignsOut, Duration::minutes(5)).await;
    play.act().await;
    assert!(!play.refresh_counts().await);
    assert!(!play.cookie_counts().await);
    play.pass(Duration::minutes(4)).await;
    assert!(play.access_counts().await, "for a minute more");
    play.pass(Duration::minutes(1)).await;
    assert!(!play.access_counts().await);
}
