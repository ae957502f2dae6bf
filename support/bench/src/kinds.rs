//! The servers that are compared.

use std::path::Path;
use std::process::Command;

use bench::machine;

use crate::{
    place::{Engine, Place, own_program},
    visitors::{Asks, Forms},
};

/// A server that can be measured.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    made: Made,
    pub(crate) engine: Engine,
    /// The number of the server of Express that keeps its sessions in the same engine.
    pub(crate) peer: usize,
    pub(crate) asks: Asks,
}

enum Made {
    /// By a script of `support/express`, with its store.
    InNode(&'static str, &'static str),
    /// By this program.
    Here(&'static str),
}

const VISITS: Asks = Asks::Visit("visits: ");
const SHOP: Asks = Asks::Basket(Forms::WithTokenAndMessage);
const BASKET: Asks = Asks::Basket(Forms::Bare);

/// A server of Express that counts visits.
const fn in_node(name: &'static str, store: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::InNode("count.js", store), engine, peer, asks: VISITS }
}

/// A server that counts visits, in a store of the book.
const fn here(name: &'static str, store: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::Here(store), engine, peer, asks: VISITS }
}

/// Those that count visits. Those of Express first: the very first is compared with all others.
pub(crate) const STORES: [Kind; 12] = [
    in_node("express-session, `MemoryStore`", "MemoryStore", Engine::Itself, 0),
    in_node("express-session, `connect-sqlite3`", "connect-sqlite3", Engine::Itself, 1),
    in_node("express-session, `connect-pg-simple`", "connect-pg-simple", Engine::Postgres, 2),
    in_node("express-session, `connect-redis`", "connect-redis", Engine::Redis, 3),
    in_node("express-session, `connect-memcached`", "connect-memcached", Engine::Memcached, 4),
    here("tower-sessions, `MemoryStore`", "memory-store", Engine::Itself, 0),
    here("step 13, `Memory`", "step-13", Engine::Itself, 0),
    here("step 14, SQLite", "step-14", Engine::Itself, 1),
    here("step 15, PostgreSQL", "step-15", Engine::Postgres, 2),
    here("step 16, Redis", "step-16", Engine::Redis, 3),
    here("step 17, Memcached", "step-17", Engine::Memcached, 4),
    here("step 18, a cache over PostgreSQL", "step-18", Engine::Postgres, 2),
];

/// The shop of `support/express/shop.js`.
const fn express(name: &'static str, store: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::InNode("shop.js", store), engine, peer, asks: SHOP }
}

/// A shop of the steps, called as `shops.rs` calls it.
const fn shop(name: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::Here(name), engine, peer, asks: SHOP }
}

const fn that_asks(kind: Kind, asks: Asks) -> Kind {
    Kind { asks, ..kind }
}

/// What a session costs: the same shop, and what has less to do. Again those of Express first.
pub(crate) const CONTENDERS: [Kind; 19] = [
    express("Express, `MemoryStore`", "MemoryStore", Engine::Itself, 0),
    express("Express, `connect-sqlite3`, FULL", "connect-sqlite3, FULL", Engine::Itself, 1),
    express("Express, `connect-sqlite3`, NORMAL", "connect-sqlite3, NORMAL", Engine::Itself, 2),
    express("Express, `connect-pg-simple`", "connect-pg-simple", Engine::Postgres, 3),
    express("Express, `connect-redis`", "connect-redis", Engine::Redis, 4),
    Kind {
        name: "Express, JWT",
        made: Made::InNode("bearer.js", ""),
        engine: Engine::Itself,
        peer: 5,
        asks: Asks::Token,
    },
    that_asks(shop("axum, JWT", Engine::Itself, 5), Asks::Token),
    that_asks(shop("axum", Engine::Itself, 0), Asks::Nothing),
    that_asks(shop("tower-sessions, `MemoryStore`", Engine::Itself, 0), BASKET),
    that_asks(
        shop("step 03, `MemoryStore`", Engine::Itself, 0),
        Asks::Visit("You have been here <strong>"),
    ),
    that_asks(shop("step 08, `MemoryStore`", Engine::Itself, 0), BASKET),
    shop("step 12, `MemoryStore`", Engine::Itself, 0),
    shop("step 14, SQLite, FULL", Engine::Itself, 1),
    shop("step 15, PostgreSQL", Engine::Postgres, 3),
    shop("step 16, Redis", Engine::Redis, 4),
    shop("step 24, in memory", Engine::Itself, 0),
    shop("step 24, SQLite, FULL", Engine::Itself, 1),
    shop("step 24, PostgreSQL", Engine::Postgres, 3),
    shop("step 24, Redis", Engine::Redis, 4),
];

impl Kind {
    /// Starts it, with its sessions in this place.
    pub(crate) fn command(&self, place: &Place) -> Result<Command, String> {
        let mut command = match self.made {
            Made::InNode(script, store) => {
                let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../express");
                let mut command = machine::on_core_of_server("node");
                command.arg(scripts.join(script)).arg(store).env("NODE_ENV", "production");
                command
            }
            Made::Here(name) => {
                let mut command = machine::on_core_of_server(&own_program()?.to_string_lossy());
                command.args(["serve", name]);
                command
            }
        };
        command.arg(&place.at).arg(place.folder());
        Ok(command)
    }
}
