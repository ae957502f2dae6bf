//! Browsers that tests hand on to one another: to start one takes longer than most tests do.

use std::{
    ops::Deref,
    sync::{Mutex, PoisonError},
    thread,
};

use crate::browser::{Browser, Settings};

/// Those that nobody uses now. They end with this process.
static IDLE: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// A browser that others may have used before, with nothing of theirs left. It writes down requests
/// and answers.
pub struct Borrowed {
    /// `None` only while it is given back.
    browser: Option<Browser>,
}

impl Browser {
    /// Borrows a browser that a test before this one has given back, or a new one.
    pub fn borrow() -> Borrowed {
        let used = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let settings = Settings { network_log: true, ..Settings::default() };
        Borrowed { browser: Some(used.unwrap_or_else(|| Self::open_with(settings))) }
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
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(browser);
        }
    }
}
