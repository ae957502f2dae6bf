//! What a store calls a session.

use std::{
    array::TryFromSliceError,
    fmt::{self, Debug, Display, Formatter},
};

use sha2::{Digest, Sha256};
use tower_sessions::session::Id;

/// The SHA-256 of a session's identifier. It finds the session's record, and it opens
/// nothing: no cookie can be made of it. In hexadecimal, where it is text.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name([u8; 32]);

impl Name {
    /// What the session with this identifier is called.
    pub fn of(id: &Id) -> Self {
        Self(Sha256::digest(id.0.to_le_bytes()).into())
    }

    /// Enough of it to tell one session from another in the log.
    pub(crate) fn brief(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Name {
    type Error = TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, TryFromSliceError> {
        bytes.try_into().map(Self)
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut name = [0; 32];
        // Alone, `from_str_radix` takes a sign too.
        if text.len() != 64 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err("a name has 64 hexadecimal digits");
        }
        for (byte, at) in name.iter_mut().zip((0..).step_by(2)) {
            let digits = &text[at..at + 2];
            *byte = u8::from_str_radix(digits, 16)
                .map_err(|_| "a name has hexadecimal digits only")?;
        }
        Ok(Self(name))
    }
}
