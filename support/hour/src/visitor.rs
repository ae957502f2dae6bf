//! Somebody who shops, and holds each answer against who asked.

use std::{mem, sync::Arc};

use crate::{
    board::{Board, Phase},
    page,
    told::Told,
    wire::{Answer, Wire},
};

/// So many things a visitor does between signing in and signing out.
const STAY: usize = 150;

/// Each of so many is a form: 15 in all, and a basket has room for 20 packets of one tea.
const FORM: usize = 10;

/// One in so many is given up by the visitor before the answer.
const HANG_UP: usize = 13;

/// In so many parts a request is cut, of which the server gets one or more.
const PARTS: usize = 4;

pub(crate) const PASSWORD: &str = "a cup before noon";

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
    /// Whether the session is the member's: a server has said so before anybody asked to end all.
    is_in: bool,
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
            name: format!("{}{number}", page::VISITOR),
            board,
            wires,
            cookie: String::new(),
            token: String::new(),
            is_registered: false,
            is_in: false,
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

    /// Begins a basket as a stranger, and takes it along: registers, and the next time signs in.
    fn come_in(&mut self) {
        let board = self.board.clone();
        let _door = board.door(self.number);
        self.token.clear();
        (self.packets, self.perhaps) = (0, 0);
        self.add();
        while !self.is_in && board.is_shopping() {
            if self.look("/") {
                self.prove();
            }
        }
    }

    /// Gives the password. If no answer comes, the basket may belong to an identifier that nobody has.
    fn prove(&mut self) {
        let path = if self.is_registered { "/sign-in" } else { "/register" };
        let who = format!("token={}&name={}", self.token, self.name);
        let form = format!("{who}&password={PASSWORD}").replace(' ', "+");
        let status = self.ask(("POST", path), &form).map(|it| it.status);
        self.is_registered = status != Some(403);
        self.is_in = status == Some(303) && self.board.is_shopping();
        if self.is_in {
            // That one was a stranger's.
            self.token.clear();
        } else {
            self.perhaps += mem::take(&mut self.packets);
        }
    }

    fn stay(&mut self) {
        for step in 0..STAY {
            if !self.board.is_shopping() || self.cookie.is_empty() {
                return;
            }
            if self.token.is_empty() {
                self.look("/");
            } else if step % FORM == FORM - 1 {
                self.add();
            } else if step % HANG_UP == HANG_UP - 1 {
                self.hang_up(self.told.hung_up);
            } else {
                self.look(if step % 4 == 0 { "/member" } else { "/" });
            }
        }
    }

    fn go(&mut self) {
        if !self.board.is_shopping() {
            return;
        }
        self.is_in = false;
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
        match self.ask(("POST", "/basket"), &self.packet()) {
            Some(answer) if answer.status == 303 => {
                self.packets += 1;
                self.told.acknowledged += 1;
            }
            _ => self.perhaps += 1,
        }
    }

    /// The form that puts a packet into the basket.
    fn packet(&self) -> String {
        format!("token={}&tea=assam", self.token)
    }

    /// Looks at a page, and says whether it is there.
    fn look(&mut self, path: &str) -> bool {
        let Some(Answer { status, body, .. }) = self.ask(("GET", path), "") else {
            return false;
        };
        if !self.board.is_shopping() {
            return false;
        }
        let is_ours = page::member(&body) == Some(&self.name);
        match (status, path) {
            // A stranger is shown the shop, and led from the members' page to another one.
            (200, "/") | (303, _) if self.is_in && !is_ours => {
                self.told.lost_sessions += 1;
                self.is_in = false;
                self.cookie.clear();
            }
            (200, "/") => {
                self.token = page::token(&body).unwrap_or_default().to_owned();
                self.compare(page::packets(&body));
            }
            _ => {}
        }
        status == 200
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

    /// Sends a request, or a part of it, and waits for nothing. A whole form may be done, however late.
    fn hang_up(&mut self, time: usize) {
        let server = self.next_server();
        let (what, form) = match time % 2 {
            0 => (("GET", "/"), String::new()),
            _ => (("POST", "/basket"), self.packet()),
        };
        let part = time / 2 % PARTS + 1;
        self.perhaps += usize::from(!form.is_empty() && part == PARTS);
        // A server that refuses it has been left all the same.
        let _ = self.wires[server].hang_up(what, &self.cookie, &form, part);
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

    // ANCHOR: check
    /// Whoever is named on a page is who asked for it, and nobody is once all sessions have ended.
    fn check_page(&mut self, page: &str, is_after: bool) {
        let is_another = |token| !self.board.owns_token(token, self.number);
        let is_foreign = page::visitors(page).any(|it| it != self.name)
            || page::token(page).is_some_and(is_another);
        let is_members = page::member(page).is_some();
        let is_over = is_after && self.is_in;
        self.told.pages += usize::from(is_members);
        self.told.foreign_pages += usize::from(is_foreign);
        self.told.after += usize::from(is_over);
        self.told.members_after += usize::from(is_over && is_members);
    }

    /// An identifier that a cookie hands out is nobody else's, ever.
    fn check_cookies(&mut self, cookies: &[String]) {
        for cookie in cookies {
            let identifier = cookie.split_once('=').map_or("", |(_, value)| value);
            let is_removed = identifier.is_empty();
            if !is_removed && !self.board.owns_identifier(identifier, self.number) {
                self.told.foreign_cookies += 1;
            }
            if self.board.is_shopping() {
                self.told.lost_sessions += usize::from(is_removed && self.is_in);
                self.cookie = if is_removed { String::new() } else { cookie.clone() };
            }
        }
    }
    // ANCHOR_END: check
}
