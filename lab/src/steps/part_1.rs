//! Part I, *What a session is*.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use conversation::{Backend, Held, Row, Server};

use crate::steps::part::{Part, stored};

#[rustfmt::skip]
pub(crate) const PART: Part = Part {
    servers: &[
        (1, counting),
        (2, by_hand),
        (3, || stored(step_03::app)),
        (4, || stored(step_04::app)),
    ],
    naive: &[],
};

/// Step 01 remembers one number, for nobody in particular.
fn counting() -> Server {
    let visits = step_01::Visits::default();
    let app = step_01::app(Arc::clone(&visits));
    let rows = move || vec![row("", visits.load(Ordering::Relaxed))];
    (app, Box::new(Held(rows)))
}

/// Step 02 keeps its sessions in a map.
fn by_hand() -> Server {
    let sessions = step_02::Sessions::default();
    let app = step_02::app(Arc::clone(&sessions));
    (app, in_order_of_arrival(sessions))
}

/// A map has no order; a reader looks for the rows where they were before.
fn in_order_of_arrival(sessions: Arc<Mutex<HashMap<String, u64>>>) -> Box<dyn Backend> {
    let arrived = Mutex::new(Vec::<String>::new());
    Box::new(Held(move || {
        let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<String> =
            sessions.keys().filter(|id| !arrived.contains(id)).cloned().collect();
        arrived.extend(new);
        let rows = arrived.iter().filter_map(|id| Some(row(id, *sessions.get(id)?)));
        rows.collect()
    }))
}

fn row(id: &str, visits: u64) -> Row {
    Row { id: id.to_owned(), data: format!("visits = {visits}"), lives: None }
}
