//! The rules, in the order of a session's life.

mod at_rest;
mod create;
mod dropped;
mod ends;
mod member;
mod rotate;
mod save;
mod sweep;
mod values;
mod versions;

use std::{pin::Pin, sync::Arc};

use crate::{
    records::Shared,
    subject::Subject,
    verdict::{Played, Verdict},
};

type Playing = Pin<Box<dyn Future<Output = Played> + Send>>;

/// What a store has to keep, and how that is tried.
pub struct Rule {
    /// The rule, in a sentence.
    pub says: &'static str,
    play: fn(Shared) -> Playing,
}

/// What a store made of the rules.
pub struct Column {
    /// What the store is called.
    pub store: String,
    /// The rules that were played.
    pub rules: &'static [Rule],
    /// One for each rule, in their order.
    pub verdicts: Vec<Verdict>,
}

impl Column {
    /// The rules that the store does not keep, each with what happened instead.
    pub fn broken(&self) -> Vec<(&'static str, &str)> {
        let all = self.rules.iter().zip(&self.verdicts);
        all.filter_map(|(rule, verdict)| match verdict {
            Verdict::Instead(what) => Some((rule.says, what.as_str())),
            Verdict::Holds | Verdict::HasNone => None,
        })
        .collect()
    }
}

macro_rules! rules {
    ($(#[$about:meta])* $name:ident: $($says:literal => $rule:path,)*) => {
        $(#[$about])*
        pub fn $name() -> &'static [Rule] {
            &[$(Rule { says: $says, play: |subject| Box::pin($rule(subject)) }),*]
        }
    };
}

rules! {
    /// The rules that each store is held to.
    rules:
    "A new record takes no other's place, whatever identifier it asks for" => create::forged,
    "Nor do two that ask for the same one at once" => create::at_once,
    "What is saved under an identifier that nobody has is not kept" => save::unknown,
    "Nor under the one of a session that has ended" => save::deleted,
    "Nor under the one of a session that has expired" => save::expired,
    "Twenty saves beside one end: it stays ended" => save::beside_an_end,
    "A session ends at its end, to 50 ms" => ends::to_the_moment,
    "Its end can be moved, both ways" => ends::moved,
    "An end in 60 days, in the year 9999, in another time zone" => ends::far,
    "An end that has passed is an end" => ends::past,
    "It gives back each JSON value as it was" => values::each,
    "A record too big is refused, or kept whole; the old one lives" => values::too_big,
    "After 300 calls dropped half-way, each identifier has its own record" => dropped::calls,
    "A rotated session is found under its new identifier only" => rotate::once,
    "Nothing is saved under the old one" => rotate::save_of_the_old,
    "A session that has ended is not rotated" => rotate::ended,
    "One session, rotated twice at once, is one session" => rotate::at_once,
    "A member's session ends by the identifier of before" => rotate::ends_by_the_old,
    "But not by one from before the sign-in, which may be planted" => rotate::survives_a_planted_one,
    "It finds a member's sessions" => member::all_of_one,
    "Not those that have ended, or that are another's now" => member::none_that_is_not,
    "Sweeping gives the room of what has expired back" => sweep::gives_room_back,
    "No identifier can be read where the records lie" => at_rest::no_identifier,
}

rules! {
    /// The rules for a store that refuses what was made from an older version of a record.
    version_rules:
    "A save of an older version is refused as stale" => versions::older,
    "Of five saves of one version, one is taken" => versions::one_of_five,
    "Even of five that are alike" => versions::one_of_five_alike,
    "What is made from the newest version is taken" => versions::again,
    "A session that was written to is not rotated from an older version" => versions::rotated,
    "A save beside a rotation: one is taken, and the other is told" => versions::beside_a_rotation,
    "What has got something to hold does not end as empty" => versions::emptied,
}

/// Plays the rules, each against a store that `make` has made for it.
pub async fn play<Make, Made, Store>(store: &str, make: Make) -> Column
where
    Make: Fn() -> Made,
    Made: Future<Output = Store>,
    Store: Subject,
{
    play_these(rules(), store, make).await
}

/// Plays the rules of versions in the same way.
pub async fn play_versions<Make, Made, Store>(store: &str, make: Make) -> Column
where
    Make: Fn() -> Made,
    Made: Future<Output = Store>,
    Store: Subject,
{
    play_these(version_rules(), store, make).await
}

async fn play_these<Make, Made, Store>(
    rules: &'static [Rule],
    store: &str,
    make: Make,
) -> Column
where
    Make: Fn() -> Made,
    Made: Future<Output = Store>,
    Store: Subject,
{
    let mut verdicts = Vec::new();
    for rule in rules {
        let subject = Arc::new(make().await);
        let played = (rule.play)(subject).await;
        verdicts.push(played.err().unwrap_or(Verdict::Holds));
    }
    Column { store: store.to_owned(), rules, verdicts }
}
