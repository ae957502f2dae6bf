//! The rules, in the order of a session's life.

mod at_rest;
mod create;
mod dropped;
mod ends;
mod held;
mod member;
mod rotate;
mod save;
mod sweep;
mod values;

use std::{pin::Pin, sync::Arc};

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};

use crate::{
    Subject, Verdict,
    subject::Data,
    verdict::{Played, expect},
};

type Shared = Arc<dyn Subject>;
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
    /// One for each rule, in their order.
    pub verdicts: Vec<Verdict>,
}

macro_rules! rules {
    ($($says:literal => $rule:path,)*) => {
        /// All rules.
        pub fn rules() -> &'static [Rule] {
            &[$(Rule { says: $says, play: |subject| Box::pin($rule(subject)) }),*]
        }
    };
}

rules! {
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
    "It finds a member's sessions" => member::all_of_one,
    "Not those that have ended, or that are another's now" => member::none_that_is_not,
    "Sweeping gives the room of what has expired back" => sweep::gives_room_back,
    "No identifier can be read where the records lie" => at_rest::no_identifier,
}

/// Plays all rules, each against a store that `make` has made for it.
pub async fn play<Make, Made, Store>(store: &str, make: Make) -> Column
where
    Make: Fn() -> Made,
    Made: Future<Output = Store>,
    Store: Subject,
{
    let mut verdicts = Vec::new();
    for rule in rules() {
        let subject = Arc::new(make().await);
        let played = (rule.play)(subject).await;
        verdicts.push(played.err().unwrap_or(Verdict::Holds));
    }
    Column { store: store.to_owned(), verdicts }
}

/// A record for the next half hour, which `mark` tells from all others.
fn record(mark: u32) -> Record {
    let data = Data::from([("mark".to_owned(), mark.into())]);
    let expiry_date = OffsetDateTime::now_utc() + Duration::minutes(30);
    Record { id: Id::default(), data, expiry_date }
}

fn mark(data: &Data) -> Option<u64> {
    data.get("mark").and_then(Value::as_u64)
}

/// A record that is in the store.
async fn created(subject: &Shared, mark: u32) -> Result<Record, Verdict> {
    let mut record = record(mark);
    subject.store().create(&mut record).await?;
    Ok(record)
}

/// What is found under an identifier.
async fn found(subject: &Shared, id: &Id) -> Result<Option<u64>, Verdict> {
    let record = subject.store().load(id).await?;
    Ok(record.and_then(|record| mark(&record.data)))
}

/// Goes on only if nothing is found under this identifier.
async fn expect_none(subject: &Shared, id: &Id, instead: &str) -> Played {
    expect(subject.store().load(id).await?.is_none(), instead)
}
