//! The Redis of Express is away at the moment of the sign-in.

use crate::{
    both::{Both, SECRETS},
    records::{plant, record, signed},
    visitor::THEIRS,
};

#[test]
fn while_the_redis_of_express_is_away_who_signs_in_gets_in_and_moves_the_next_time()
{
    let mut both = Both::apart();
    both.add_member("Ada");
    plant(&both, "one", &record("", r#"{"sencha":3}"#));
    let value = signed("one", SECRETS[0]);
    both.redis.kill();
    let mut ada = both.visitor();
    ada.plant(THEIRS, &value, "/", "");
    let answer = ada.sign_in("Ada");
    assert_eq!((answer.status, answer.of_theirs()), (303, None));
    assert_eq!(ada.basket(), "step 24: ");
    assert_eq!(ada.cookie(THEIRS).as_ref(), Some(&value));
    both.redis.start_again();
    let mut ada = both.visitor();
    ada.plant(THEIRS, &value, "/", "");
    assert!(ada.sign_in("Ada").of_theirs().is_some());
    assert_eq!(ada.basket(), "step 24: 3 × Sencha");
    let log = log_of(both);
    assert!(log.contains("a session of Express stays where it is"), "{log}");
    assert!(!log.contains(SECRETS[0]) && !log.contains(&value), "{log}");
}

/// It is waited for, and not for ever.
#[test]
fn while_the_redis_of_express_hangs_who_signs_in_gets_in() {
    let both = Both::apart();
    both.add_member("Ada");
    plant(&both, "one", &record("", r#"{"sencha":3}"#));
    both.redis.freeze();
    let mut ada = both.visitor();
    ada.plant(THEIRS, &signed("one", SECRETS[0]), "/", "");
    let answer = ada.sign_in("Ada");
    both.redis.thaw();
    assert_eq!((answer.status, answer.of_theirs()), (303, None));
    let log = log_of(both);
    assert!(log.contains("no answer in 3 s"), "{log}");
}

fn log_of(both: Both) -> String {
    both.tea.signal("TERM");
    String::from_utf8(both.tea.wait().stderr).expect("text")
}
