//! Somebody who shops, and holds each answer against who asked.

use std::{sync::Arc, thread, time::Duration};

use crate::{
    board::{Board, Phase},
    page,
    told::Told,
    wire::{Answer, Wire},
};

/// So many things a visitor does between signing in and signing out.
const STAY: usize = 90;

/// Each of so many is a form: 18 in all, and a basket has room for 20 packets of one tea.
const FORM: usize = 5;

/// One in so many is given up by the visitor before the answer.
const HANG_UP: usize = 13;

/// Whoever is not let in tries again a moment later.
const PAUSE: Duration = Duration::from_millis(10);

const PASSWORD: &str = "a cup before noon";

/// Somebody who shops.
pub(crate) struct Visitor {
    number: usize,
    name: String,
    board: Arc<Board>,
    wires: [Wire; 2],
    /// The name and the value of the cookie, or nothing.
    cookie: String,
    token: String,
    is_registered: bool,
    /// Whether the session was there before anybody asked to end all.
    is_of_before: bool,
    /// So many packets are in the basket for sure.
    packets: usize,
    /// So many more may be: their forms got no answer, or not a good one.
    perhaps: usize,
    asked: usize,
    told: Told,
}

impl Visitor {
    pub(crate) fn new(number: usize, board: Arc<Board>) -> Self {
        let address = format!("10.1.{}.{}", number / 250, number % 250 + 1);
        let wires = board.ports.map(|port| Wire::to(port, address.clone()));
        Self {
            number,
            name: format!("visitor{number}"),
            board,
            wires,
            cookie: String::new(),
            token: String::new(),
            is_registered: false,
            is_of_before: false,
            packets: 0,
            perhaps: 0,
            // Half of them begin at each server.
            asked: number,
            told: Told::default(),
        }
    }

    pub(crate) fn visit(mut self) -> Told {
        while self.board.is_shopping() {
            self.come_in();
            self.stay();
            self.go();
        }
        // Whatever the servers say of it, the cookie is kept, and sent.
        while !self.board.is_closed() {
            self.look("/");
            self.look("/member");
        }
        self.told
    }

    /// Registers, and the next time signs in.
    fn come_in(&mut self) {
        let board = self.board.clone();
        let _door = board.door(self.number);
        let form = format!("name={}&password={PASSWORD}", self.name).replace(' ', "+");
        (self.packets, self.perhaps) = (0, 0);
        self.token.clear();
        let mut is_in = false;
        while !is_in && board.is_shopping() {
            let path = if self.is_registered { "/sign-in" } else { "/register" };
            let status = self.ask(("POST", path), &form).map(|it| it.status);
            is_in = status == Some(303);
            // Who has heard nothing may be a member, until the door says otherwise.
            self.is_registered = status != Some(403);
            if !is_in {
                thread::sleep(PAUSE);
            }
        }
        self.is_of_before = is_in && board.phase() == Phase::Shopping;
    }

    fn stay(&mut self) {
        for step in 0..STAY {
            if !self.board.is_shopping() || self.cookie.is_empty() {
                return;
            }
            match step {
                _ if self.token.is_empty() => self.look("/"),
                _ if step % FORM == FORM - 1 => self.add(),
                _ if step % HANG_UP == HANG_UP - 1 => self.hang_up(step),
                _ if step % 4 == 0 => self.look("/member"),
                _ => self.look("/"),
            }
        }
    }

    fn go(&mut self) {
        let mut is_out = self.cookie.is_empty();
        while !is_out && self.board.is_shopping() {
            let form = format!("token={}", self.token);
            let answer = self.ask(("POST", "/sign-out"), &form);
            is_out = answer.is_some_and(|it| it.status == 303);
        }
        if is_out {
            self.cookie.clear();
        }
    }

    fn add(&mut self) {
        let form = format!("token={}&tea=assam", self.token);
        match self.ask(("POST", "/basket"), &form) {
            Some(answer) if answer.status == 303 => {
                self.packets += 1;
                self.told.acknowledged += 1;
            }
            _ => self.perhaps += 1,
        }
    }

    /// Looks at a page as a member does.
    fn look(&mut self, path: &str) {
        let Some(Answer { status, body, .. }) = self.ask(("GET", path), "") else { return };
        if !self.board.is_shopping() {
            return;
        }
        let is_ours = page::member(&body) == Some(&self.name);
        match (status, path) {
            (200, "/") if is_ours => {
                self.token = page::token(&body).unwrap_or_default().to_owned();
                self.compare(page::packets(&body));
            }
            // A stranger is shown the shop, and led from the members' page to another one.
            (200, "/") | (303, _) => {
                self.told.lost_sessions += 1;
                self.cookie.clear();
            }
            _ => {}
        }
    }

    /// Holds what a page shows against what was put in. Nothing is taken out, so that a form which
    /// is done late makes it more, and never less.
    fn compare(&mut self, shown: usize) {
        let most = self.packets + self.perhaps;
        self.told.lost += self.packets.saturating_sub(shown);
        self.told.too_many += shown.saturating_sub(most);
        self.packets = shown;
        self.perhaps = most.saturating_sub(shown);
    }

    fn hang_up(&mut self, step: usize) {
        let server = self.next_server();
        let part = step / HANG_UP % 5;
        // A server that refuses it has been left all the same.
        let _ = self.wires[server].hang_up(&self.cookie, part);
        self.told.hung_up += 1;
    }

    fn next_server(&mut self) -> usize {
        self.board.count_request();
        self.asked += 1;
        self.asked % self.wires.len()
    }

    /// Asks the next server, and holds what it answers against who asked. Nothing, if it does not
    /// answer.
    fn ask(&mut self, what: (&str, &str), form: &str) -> Option<Answer> {
        let server = self.next_server();
        let is_after = self.board.phase() == Phase::Ended;
        let Ok(answer) = self.wires[server].ask(what, &self.cookie, form) else {
            self.told.cut += 1;
            return None;
        };
        *self.told.answers.entry(answer.status).or_default() += 1;
        self.check_page(&answer.body, is_after);
        self.check_cookies(&answer.cookies);
        Some(answer)
    }

    fn check_page(&mut self, page: &str, is_after: bool) {
        let member = page::member(page);
        let is_foreign = member.is_some_and(|it| it != self.name)
            || page::token(page).is_some_and(|it| !self.board.owns_token(it, self.number));
        self.told.pages += usize::from(member.is_some());
        self.told.foreign_pages += usize::from(is_foreign);
        self.told.after += usize::from(is_after);
        let is_in = is_after && self.is_of_before && member.is_some();
        self.told.members_after += usize::from(is_in);
    }

    fn check_cookies(&mut self, cookies: &[String]) {
        for cookie in cookies {
            let identifier = cookie.split_once('=').map_or("", |(_, value)| value);
            let is_removed = identifier.is_empty();
            if !is_removed && !self.board.owns_identifier(identifier, self.number) {
                self.told.foreign_cookies += 1;
            }
            if self.board.is_shopping() {
                self.cookie = if is_removed { String::new() } else { cookie.clone() };
            }
        }
    }
}
