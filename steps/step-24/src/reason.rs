//! What the visitor learns of an error, for whichever page tells it.

/// What the visitor is to learn of an error. It goes along with an answer that has no body
/// yet.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// There is no store to ask.
    OutOfReach,
    /// There is no store to keep what was done.
    NotKept,
    /// The session's data does not fit its type.
    Unreadable,
    /// This server does not understand the form.
    Refused,
    /// The form is longer than any of this server.
    TooLong,
    /// The form took too long to arrive.
    TooSlow,
    /// Too many others are served.
    Full,
    /// No page of this session has sent the form.
    Foreign,
    /// Too much comes from where this came from.
    TooOften,
    /// The password is needed once more, to go on with this.
    NotFresh(&'static str),
    /// There is no such page.
    NotFound,
    /// The page that sent the form is older than the session.
    Moved,
    /// Others were faster each time.
    Busy,
    /// An order waits to be placed.
    NotPlaced,
    /// Nobody has set out who would come back so.
    NotBack,
    /// The account is not for whom the provider names.
    NoEntry,
    /// The provider does not say who somebody is.
    Silence,
    /// A program's token does not count, or its member does not get in. Says why.
    Program(&'static str),
}
