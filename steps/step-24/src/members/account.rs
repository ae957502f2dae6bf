//! What makes an account, and whom it knows.

use prometheus_client::metrics::gauge::Gauge;

use crate::{
    members::{
        credentials::is_good_password,
        password::{self, Room},
    },
    store::accounts::{Account, new_stamp},
};

impl Account {
    /// A new member's.
    pub fn new(name: String, password_hash: String) -> Self {
        Self {
            name,
            password_hash,
            is_administrator: false,
            is_disabled: false,
            stamp: new_stamp(),
        }
    }

    /// A new member's whom a provider names: nobody has a password for it.
    pub(crate) fn elsewhere(name: String) -> Self {
        Self::new(name, String::new())
    }

    /// Whether anybody can sign in with a password.
    pub(crate) fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }

    /// The administrator's, by this name. Who may be one is decided outside of the shop.
    ///
    /// # Errors
    /// Says why the password could not be hashed, or is none.
    pub async fn administrator(password: String) -> Result<Self, String> {
        if !is_good_password("administrator", &password) {
            return Err(
                "the administrator's password must have 8 to 128 characters, and be \
                 none of the commonest"
                    .into(),
            );
        }
        let room = Room::new(1, &Gauge::default());
        let hash = password::hash(&room, password).await;
        let hash = hash.map_err(|_| "the password could not be hashed")?;
        let account = Self::new("administrator".to_owned(), hash);
        Ok(Self { is_administrator: true, ..account })
    }

    /// The same with another password, and a stamp that nobody has seen.
    pub(crate) fn with_password(&self, password_hash: String) -> Self {
        Self { password_hash, stamp: new_stamp(), ..self.clone() }
    }

    /// Whether a session that carries this stamp is this member's.
    pub(crate) fn accepts(&self, stamp: Option<&str>) -> bool {
        !self.is_disabled && stamp == Some(self.stamp.as_str())
    }
}
