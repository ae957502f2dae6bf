//! What the page calls. The only part of the lab that is not tried natively: it is kept to what
//! only the page needs.

#![allow(unsafe_code)]

use std::{
    cell::RefCell,
    io::{self, BufRead, Write},
    thread,
};

use crate::Lab;

thread_local! {
    static LAB: RefCell<Lab> = RefCell::new(Lab::new(Some(thread::sleep)));
}

/// Reads a question from standard input and writes the answer to standard output, so that no
/// pointer passes between the page and Rust.
#[unsafe(no_mangle)]
extern "C" fn ask() {
    let mut question = String::new();
    io::stdin().lock().read_line(&mut question).expect("the page writes whole lines of UTF-8");
    let answer = LAB.with_borrow_mut(|lab| lab.ask(&question));
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}").expect("the page takes what it is given");
}

/// Debian's wasi-libc declares these two and does not define them; a target without threads calls
/// neither.
#[cfg(lab_without_threads)]
mod threads {
    #[unsafe(no_mangle)]
    extern "C" fn pthread_join(_: usize, _: usize) -> i32 {
        -1
    }

    #[unsafe(no_mangle)]
    extern "C" fn pthread_detach(_: usize) -> i32 {
        -1
    }
}
