//! Browsers that tests hand on to one another: to start one takes longer than most tests do.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crate::{Browser, Settings, shared::Shared};

type Idle = Mutex<Vec<Browser>>;

/// A browser that others may have used before, with no cookie of theirs left. It writes down
/// requests and answers.
pub struct Borrowed {
    /// `None` only while it is given back.
    browser: Option<Browser>,
    idle: Arc<Idle>,
}

impl Browser {
    /// Borrows a browser from the tests that run beside this one, or from those just before.
    pub fn borrow() -> Borrowed {
        static IDLE: Shared<Idle> = Shared::new();
        let idle = IDLE.get(Idle::default);
        let used = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let settings = Settings { network_log: true, ..Settings::default() };
        let browser = used.unwrap_or_else(|| Self::open_with(settings));
        Borrowed { browser: Some(browser), idle }
    }
}

impl Deref for Borrowed {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        self.browser.as_ref().expect("it is not given back yet")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // Nobody knows what a failed test leaves behind.
        if let Some(browser) = self.browser.take().filter(|_| !thread::panicking()) {
            browser.forget();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(browser);
        }
    }
}
