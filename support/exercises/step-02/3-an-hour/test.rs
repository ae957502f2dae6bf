//! Who is away for an hour is forgotten, by the next visitor.

use std::time::Duration;

use conversation::{Conversation, Held};
use step_02::{Sessions, app};
use tokio::time;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn who_comes_back_within_the_hour_is_known_and_later_is_not() {
    let mut story = Conversation::new("An hour", app(Sessions::default()), Held(Vec::new));
    for (minutes, times) in
        [(0, "1 time."), (59, "2 times."), (59, "3 times."), (60, "1 time.")]
    {
        time::advance(minutes * MINUTE).await;
        let page = story.get("Ada", "/").await.text;
        assert!(page.contains(&format!("You have been here {times}")), "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_keeps_no_cookie_is_forgotten_all_the_same() {
    let sessions = Sessions::default();
    let mut story = Conversation::new("Strangers", app(sessions.clone()), Held(Vec::new));
    for _ in 0..100 {
        story.get("Mallory", "/").await;
        story.close("Mallory");
    }
    time::advance(60 * MINUTE).await;
    story.get("Ada", "/").await;
    assert_eq!(sessions.lock().expect("the lock is whole").len(), 1);
}
