//! Ten thousand passwords are guessed, from many addresses, and the shop goes on.

use std::time::Duration;

use axum::{Router, http::StatusCode};
use step_23::{app, site::Site, watch::Watch};
use tokio::time::advance;

use crate::{
    Looks,
    chart::Phase,
    people::Person,
    told::{Told, ring},
};

/// Before and after: so many looks, at a hundred requests of visitors each.
const QUIET: usize = 20;
/// Of a look during the attack, so many requests are visitors'.
const STILL: usize = 20;
const GUESSES: u32 = 10_000;
/// Guesses at one name, from a thousand addresses; then one password for many names, from five.
const AT_ONE_NAME: u32 = GUESSES / 2;

const PHASES: [Phase; 3] = [
    Phase { name: "before", looks: QUIET },
    Phase { name: "10,000 guesses", looks: GUESSES as usize / (100 - STILL) },
    Phase { name: "after", looks: QUIET },
];

/// The visitors, of whom each comes with one request after another.
struct Visitors {
    app: Router,
    requests: u32,
    now: Person,
}

impl Visitors {
    /// Of a hundred requests, ten begin a basket, one is Grace's sign-in, and one is a slip of hers.
    async fn send(&mut self, requests: usize) {
        for _ in 0..requests {
            if self.requests.is_multiple_of(10) {
                self.now = Person::number(1_000_000 + self.requests);
            }
            let (path, form) = match self.requests % 100 {
                43 => ("/sign-in", "name=Grace&password=a+cup+after+noon"),
                44 => ("/sign-in", "name=Grace&password=a+cup+before+noon"),
                46 => ("/sign-out", "everywhere=no"),
                number if number % 10 == 1 => ("/basket", "tea=assam"),
                _ => ("/", ""),
            };
            let (status, right) = match form {
                "" => (self.now.get(&self.app, path).await, StatusCode::OK),
                _ => (
                    self.now.post(&self.app, path, form).await,
                    StatusCode::SEE_OTHER,
                ),
            };
            assert!(status == right || form.contains("after"), "{path}: {status}");
            self.requests += 1;
        }
    }
}

/// What Mallory guesses next.
async fn guess(app: &Router, number: u32) -> StatusCode {
    let (from, name) = match number < AT_ONE_NAME {
        true => (number % 1_000, "Ada".to_owned()),
        false => (2_000 + number % 5, format!("member{number}")),
    };
    let form = format!("name={name}&password=password{}", number % 1_000);
    Person::number(from).post(app, "/sign-in", &form).await
}

#[tokio::test(start_paused = true)]
async fn what_the_numbers_say_of_ten_thousand_guesses() {
    let (store, watch) = (Told::new(), Watch::default());
    let app = app(store.clone(), ring(), store, Site::default(), watch.clone());
    let form = "name=Grace&password=a+cup+before+noon";
    let status = Person::number(3_000).post(&app, "/register", form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);

    let mut visitors =
        Visitors { app: app.clone(), requests: 0, now: Person::number(0) };
    let mut looks = Looks::at(
        &watch,
        &[
            (
                "Pages of the shop",
                "requests_total",
                &[r#"route="/""#, r#"status="200""#],
                false,
            ),
            ("Sessions begun", "sessions_begun_total", &[], false),
            (
                "Wrong passwords",
                "sign_ins_refused_total",
                &[r#"why="Wrong""#],
                true,
            ),
            (
                "Too many for a name",
                "limits_refused_total",
                &[r#"limit="GuessesAtName""#],
                true,
            ),
            (
                "Too many from a network",
                "limits_refused_total",
                &[r#"limit="Tries""#],
                true,
            ),
        ],
    );
    let mut guesses = 0..GUESSES;
    for phase in &PHASES {
        for _ in 0..phase.looks {
            let are_visitors = if phase.looks == QUIET { 100 } else { STILL };
            visitors.send(are_visitors).await;
            for number in guesses.by_ref().take(100 - are_visitors) {
                guess(&app, number).await;
            }
            advance(Duration::from_secs(1)).await;
            looks.look();
        }
    }
    assert!(guesses.is_empty());
    looks.keep("attack_chart", "attack_numbers", &PHASES);
}
