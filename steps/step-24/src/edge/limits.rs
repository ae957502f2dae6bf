//! How often one address may do what costs this server something.

use std::time::Duration;

use crate::{
    edge::{
        address::{Address, Network},
        tries::Tries,
    },
    watch::metrics::{Limit, Metrics},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What is counted, and how much of it is allowed. Each server counts for itself.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Passwords from one network, right or wrong: each costs a hash, and one password can
    /// be tried with many names. And codes of a provider: each costs that one a request.
    tries: Tries<Network>,
    /// Wrong passwords for a name from one network: what somebody mistypes.
    guesses: Tries<(Network, String)>,
    /// Wrong passwords for a name from everywhere: what twenty networks may guess.
    guesses_at: Tries<String>,
    /// Wrong passwords in a session, by its handle.
    guesses_in: Tries<String>,
    /// Passwords that members from one network give once more, right or wrong: the others
    /// wait for each of their hashes.
    proofs: Tries<Network>,
    /// New members from one network, as an office may have on its first day.
    members: Tries<Network>,
    /// New members from everywhere.
    members_in_all: Tries<()>,
    /// Sessions that strangers from one network begin.
    sessions: Tries<Network>,
}

impl Limits {
    /// Tells `metrics` what is refused.
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let refusals = |limit| metrics.refusals_of(limit);
        Self {
            tries: Tries::new(30, MINUTE, refusals(Limit::Tries)),
            guesses: Tries::new(5, MINUTE, refusals(Limit::Guesses)),
            guesses_at: Tries::new(100, MINUTE, refusals(Limit::GuessesAtName)),
            guesses_in: Tries::new(5, MINUTE, refusals(Limit::GuessesInSession)),
            proofs: Tries::new(30, MINUTE, refusals(Limit::Proofs)),
            members: Tries::new(10, MINUTE, refusals(Limit::Members)),
            members_in_all: Tries::new(100, MINUTE, refusals(Limit::MembersInAll)),
            sessions: Tries::new(100, HOUR, refusals(Limit::Sessions)),
        }
    }

    /// Counts a password that is tried for a name. What is refused here keeps nobody out
    /// elsewhere: the count of the whole network comes first, and that of the name last.
    pub(crate) fn guess(&self, from: Address, name: &str) -> Result<(), Duration> {
        let (network, name) = (from.network(), name.to_owned());
        self.tries.allow(&network)?;
        self.guesses.allow(&(network, name.clone()))?;
        self.guesses_at.allow(&name)
    }

    /// The password was right.
    pub(crate) fn was_right(&self, from: Address, name: &str) {
        self.guesses.give_back(&(from.network(), name.to_owned()));
        self.guesses_at.give_back(&name.to_owned());
    }

    /// Counts a code that a provider is asked about.
    pub(crate) fn ask(&self, from: Address) -> Result<(), Duration> {
        self.tries.allow(&from.network())
    }

    /// Counts a password that is tried in the session of this handle.
    pub(crate) fn guess_in(
        &self,
        from: Address,
        handle: &str,
    ) -> Result<(), Duration> {
        self.proofs.allow(&from.network())?;
        self.guesses_in.allow(&handle.to_owned())
    }

    /// The password was right.
    pub(crate) fn was_right_in(&self, handle: &str) {
        self.guesses_in.give_back(&handle.to_owned());
    }

    /// Counts somebody who registers.
    pub(crate) fn register(&self, from: Address) -> Result<(), Duration> {
        self.members.allow(&from.network())?;
        self.members_in_all.allow(&())
    }

    /// Counts a session that a stranger begins.
    pub(crate) fn begin(&self, from: Address) -> Result<(), Duration> {
        self.sessions.allow(&from.network())
    }
}
