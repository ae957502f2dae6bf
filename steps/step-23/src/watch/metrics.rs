//! What is counted. A label is one of a few words of ours, whatever a client sends: each
//! that a client could choose would be one more number to keep, for ever.

use std::{fmt, time::Duration};

use axum::http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text},
    metrics::{
        counter::Counter, family::Family, gauge::Gauge, histogram::Histogram,
    },
    registry::{Registry, Unit},
};

/// What a store that is well answers in, what one that is far away does, and what one does
/// that is about to fail. In seconds.
const TIMES: [f64; 7] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 5.0];

/// What is counted, from the start of the server on.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub(crate) begun: Counter,
    pub(crate) rotated: Counter,
    ended: Family<Ended, Counter>,
    calls: Family<Called, Histogram>,
    answers: Family<Answered, Counter>,
    refused_sign_ins: Family<RefusedSignIn, Counter>,
    refusals: Family<Refused, Counter>,
    pub(crate) run_again: Counter,
    /// Connections that are open. Those that wait wait with the system, which counts them.
    pub(crate) connections: Gauge,
    /// Requests that have arrived, and have no answer yet.
    pub(crate) requests: Gauge,
    /// Password hashes that are computed, or wait to be.
    pub(crate) hashes: Gauge,
}

// ANCHOR: end
/// Why a session has ended.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub(crate) enum End {
    /// Its visitor has ended it.
    SignedOut,
    /// Nothing was left in it.
    Emptied,
    /// Its member has ended it from another device.
    FromAnotherDevice,
    /// The administrator has ended it.
    ByAdministrator,
    /// Its member has another password now.
    PasswordChanged,
    /// The account is disabled.
    AccountDisabled,
    /// The account is another one than the session was made for.
    AccountChanged,
    /// Its member has signed in on one device more than may be.
    MadeRoom,
    /// Somebody else has signed in with the same browser.
    SomebodyElse,
    /// Nobody has used it for too long.
    Expired,
}
// ANCHOR_END: end

/// What a store is asked for.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub(crate) enum Call {
    Create,
    Save,
    Load,
    Rotate,
    SuccessorOf,
    EntriesOf,
    End,
    EndUnlessChanged,
    EndBy,
    DeleteExpired,
    FindAccount,
    AddAccount,
    SetPassword,
    DisableAccount,
    EnableAccount,
    DisabledAccounts,
    PlaceOrder,
    OrdersOf,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub(crate) enum Outcome {
    Done,
    /// The store is well, and the session has ended, or another request was faster.
    Refused,
    Failed,
}

/// Why somebody does not get in.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub(crate) enum SignIn {
    Wrong,
    TooOften,
    /// What another server says of them.
    Elsewhere,
}

/// What limits what comes from outside.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub(crate) enum Limit {
    Tries,
    Guesses,
    GuessesAtName,
    GuessesInSession,
    Proofs,
    Members,
    MembersInAll,
    Sessions,
    BodyBytes,
    BodySeconds,
    Requests,
    RequestSeconds,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    why: End,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Called {
    call: Call,
    outcome: Outcome,
}

// ANCHOR: answered_label
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}
// ANCHOR_END: answered_label

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RefusedSignIn {
    why: SignIn,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refused {
    limit: Limit,
}

impl Default for Metrics {
    fn default() -> Self {
        let calls: fn() -> Histogram = || Histogram::new(TIMES);
        let mut metrics = Self {
            registry: Registry::default(),
            begun: Counter::default(),
            rotated: Counter::default(),
            ended: Family::default(),
            calls: Family::new_with_constructor(calls),
            answers: Family::default(),
            refused_sign_ins: Family::default(),
            refusals: Family::default(),
            run_again: Counter::default(),
            connections: Gauge::default(),
            requests: Gauge::default(),
            hashes: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    // ANCHOR: register
    /// Names what is counted, and says in a line what it is.
    fn register(&mut self) {
        let it = &mut self.registry;
        it.register("sessions_begun", "Sessions begun", self.begun.clone());
        let what = "Sessions that got another identifier";
        it.register("sessions_rotated", what, self.rotated.clone());
        let what = "Sessions ended, by why";
        it.register("sessions_ended", what, self.ended.clone());
        let what = "Calls of the store, by what came of them";
        it.register_with_unit(
            "store_calls",
            what,
            Unit::Seconds,
            self.calls.clone(),
        );
        let what = "Requests answered";
        it.register("requests", what, self.answers.clone());
        let what = "Sign-ins refused, by why";
        it.register("sign_ins_refused", what, self.refused_sign_ins.clone());
        let what = "What a limit has refused, by limit";
        it.register("limits_refused", what, self.refusals.clone());
        let what = "Runs of a request whose session another one has changed";
        it.register("requests_run_again", what, self.run_again.clone());
        let what = "Connections open now";
        it.register("connections_open", what, self.connections.clone());
        let what = "Requests without an answer now";
        it.register("requests_open", what, self.requests.clone());
        let what = "Password hashes computed now, or waiting to be";
        it.register("password_hashes_open", what, self.hashes.clone());
    }
    // ANCHOR_END: register

    /// Sessions have ended.
    pub(crate) fn ended(&self, why: End, how_many: usize) {
        let how_many = u64::try_from(how_many).unwrap_or(u64::MAX);
        self.ended.get_or_create(&Ended { why }).inc_by(how_many);
    }

    // ANCHOR: called
    /// The store was asked, and it took so long.
    pub(crate) fn called(&self, call: Call, outcome: Outcome, took: Duration) {
        let called = Called { call, outcome };
        self.calls.get_or_create(&called).observe(took.as_secs_f64());
    }
    // ANCHOR_END: called

    // ANCHOR: answered
    /// A request has its answer.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: &str,
        status: StatusCode,
    ) {
        let (route, status) = (route.to_owned(), status.as_u16());
        self.answers.get_or_create(&Answered { method, route, status }).inc();
    }
    // ANCHOR_END: answered

    /// Somebody does not get in.
    pub(crate) fn refused_sign_in(&self, why: SignIn) {
        self.refused_sign_ins.get_or_create(&RefusedSignIn { why }).inc();
    }

    /// What counts the refusals of a limit: it is there, and 0, before the first one.
    pub(crate) fn refusals_of(&self, limit: Limit) -> Counter {
        self.refusals.get_or_create_owned(&Refused { limit })
    }

    // ANCHOR: text
    /// All of it as Prometheus reads it: <https://prometheus.io/docs/specs/om/>.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
    // ANCHOR_END: text
}

// ANCHOR: one_more
/// Counts for as long as it is kept, whatever becomes of what it is kept for.
pub(crate) struct OneMore(Gauge);

impl OneMore {
    pub(crate) fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.dec();
    }
}
// ANCHOR_END: one_more
