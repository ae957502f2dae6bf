//! What tells a request that the server has been told to stop.

/// Among the extensions of each request that comes from then on.
#[derive(Clone, Copy, Debug)]
pub struct Leaving;
