//! An hour of a busy shop: visitors who ask two servers on one store, and hold each answer against
//! who asked.

mod administrator;
mod board;
mod page;
mod shop;
mod told;
mod visitor;
mod wire;

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use administrator::Administrator;
use board::{Board, Phase};
pub use shop::{ADMINISTRATOR, Shop};
pub use told::Told;
use visitor::Visitor;

/// Visitors who put tea into their baskets, now at one server and now at the other.
pub struct Load {
    board: Arc<Board>,
    visitors: Vec<JoinHandle<Told>>,
}

impl Load {
    /// So many visitors, each of whom registers and has an address of their own.
    pub fn start(ports: [u16; 2], visitors: usize) -> Self {
        let board = Arc::new(Board::new(ports));
        let visit = |number| {
            let visitor = Visitor::new(number, board.clone());
            thread::spawn(move || visitor.visit())
        };
        let visitors = (0..visitors).map(visit).collect();
        Self { board, visitors }
    }

    /// Waits until so many requests have been sent since the start.
    pub fn wait_until(&self, requests: usize) {
        self.board.wait_until(requests);
    }

    /// Waits until so many requests more have been sent.
    pub fn wait_for(&self, more: usize) {
        self.board.wait_for(more);
    }

    /// Lets the administrator end all sessions at the first server, however often that takes, and
    /// says how long it took. Whoever was in before that is out from now on.
    pub fn end_all(&self) -> Duration {
        let mut administrator = Administrator::new(&self.board);
        let token = administrator.sign_in();
        self.board.enter(Phase::Ending);
        let took = administrator.end_all(&token);
        self.board.enter(Phase::Ended);
        took
    }

    /// What was seen, once each visitor has gone.
    ///
    /// # Panics
    /// If a visitor panics.
    pub fn end(self) -> Told {
        self.board.close();
        let told = self.visitors.into_iter().map(|it| it.join().expect("a visitor ends"));
        let mut all = told.fold(Told::default(), Told::and);
        all.identifiers = self.board.identifiers();
        all
    }
}
