//! What a session of this server holds: a basket.

use std::{collections::BTreeMap, fmt};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{error::Error, members::member, store::front, watch::metrics::End};

const KEY: &str = "basket";

/// The key under which the session holds what the order of this basket will be known by.
const ORDER: &str = "order";

/// Nobody orders more packets of one tea, and a basket stays small.
const MOST: u32 = 20;

/// What the shop sells.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tea {
    Assam,
    Oolong,
    Sencha,
}

/// How many packets of each tea, as they stand in the session.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Basket(pub(crate) BTreeMap<Tea, u32>);

/// One packet of a tea, as the shop's form asks for it.
#[derive(Deserialize)]
pub(crate) struct Packet {
    pub(crate) tea: Tea,
}

impl Tea {
    pub(crate) const ALL: [Self; 3] = [Self::Assam, Self::Oolong, Self::Sencha];

    /// What a form calls it.
    pub(crate) fn value(self) -> &'static str {
        match self {
            Self::Assam => "assam",
            Self::Oolong => "oolong",
            Self::Sencha => "sencha",
        }
    }
}

impl fmt::Display for Tea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for Basket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packets = |(tea, packets)| format!("{packets} × {tea}");
        let lines: Vec<String> = self.0.iter().map(packets).collect();
        f.write_str(&lines.join(", "))
    }
}

/// The basket, and the session that it came from.
pub(crate) struct Shopper {
    pub(crate) basket: Basket,
    /// What the order of this basket will be known by.
    pub(crate) order: Option<String>,
    session: Session,
}

impl<State: Send + Sync> FromRequestParts<State> for Shopper {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        let basket = session.get(KEY).await?.unwrap_or_default();
        let order = session.get(ORDER).await?;
        Ok(Self { basket, order, session })
    }
}

impl Shopper {
    /// Puts a packet of `tea` into the basket.
    pub(crate) async fn add(&mut self, tea: Tea) -> Result<(), Error> {
        let packets = self.basket.0.entry(tea).or_default();
        *packets = (*packets + 1).min(MOST);
        self.keep().await
    }

    /// Takes a packet of `tea` out.
    pub(crate) async fn take(&mut self, tea: Tea) -> Result<(), Error> {
        if let Some(packets) = self.basket.0.get_mut(&tea) {
            *packets = packets.saturating_sub(1);
        }
        self.basket.0.retain(|_, packets| *packets > 0);
        if self.basket.0.is_empty() {
            return empty(&self.session).await;
        }
        self.keep().await
    }

    /// An order is of what a page has shown: with other packets, it is another one.
    async fn keep(&self) -> Result<(), Error> {
        self.session.insert(KEY, &self.basket).await?;
        self.session.insert(ORDER, new_order()).await?;
        Ok(())
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn id(&self) -> Option<Id> {
        self.session.id()
    }
}

/// Puts packets that come from elsewhere into the basket of this session, as far as they
/// fit.
pub(crate) async fn put(session: &Session, more: Basket) -> Result<(), Error> {
    let mut basket: Basket = session.get(KEY).await?.unwrap_or_default();
    for (tea, more) in more.0 {
        let packets = basket.0.entry(tea).or_default();
        *packets = packets.saturating_add(more).min(MOST);
    }
    Shopper { basket, order: None, session: session.clone() }.keep().await
}

/// What an order is to be known by: as hard to guess as an identifier, and from the same
/// source.
pub(crate) fn new_order() -> String {
    Id::default().to_string()
}

/// Takes everything out. A session with nothing in it ends; a member's goes on.
pub(crate) async fn empty(session: &Session) -> Result<(), Error> {
    // Without the basket's data: it may be what cannot be read.
    if matches!(member::name(session).await, Ok(Some(_))) {
        session.remove_value(KEY).await?;
        session.remove_value(ORDER).await?;
    } else {
        front::end_unless_changed(session, End::Emptied).await?;
    }
    Ok(())
}
