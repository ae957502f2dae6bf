//! What the page calls. The only part of the lab that is not tried natively: it is kept to what
//! only the page needs.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::memory_grow,
    cell::{RefCell, UnsafeCell},
    fs::File,
    io::{Read, Write},
    mem::ManuallyDrop,
    os::fd::FromRawFd,
    ptr::null_mut,
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
    let question = String::from_utf8(read()).expect("the page writes whole lines of UTF-8");
    let answer = LAB.with_borrow_mut(|lab| lab.ask(&question));
    stream(1).write_all(answer.as_bytes()).expect("the page takes what it is given");
}

fn read() -> Vec<u8> {
    let (mut read, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream(0).read(&mut piece).expect("the page gives what it has");
        if length == 0 {
            return read;
        }
        read.extend_from_slice(&piece[..length]);
    }
}

/// Standard input or output without the buffers and locks that a page has no use for.
fn stream(number: i32) -> ManuallyDrop<File> {
    // SAFETY: the page has these streams as long as it has the lab.
    ManuallyDrop::new(unsafe { File::from_raw_fd(number) })
}

/// Memory in blocks of a power of two; one that is given back waits for the next of its size. The
/// system's allocator, which wastes less, is ten times as much code.
struct Blocks(UnsafeCell<Memory>);

struct Memory {
    /// For each size the first block that waits; each begins with the address of the next.
    waiting: [*mut u8; 32],
    next: usize,
    end: usize,
}

const PAGE: usize = 1 << 16;

#[global_allocator]
static BLOCKS: Blocks =
    Blocks(UnsafeCell::new(Memory { waiting: [null_mut(); 32], next: 0, end: 0 }));

/// SAFETY: the page has one thread.
unsafe impl Sync for Blocks {}

/// SAFETY: a block is as large as its size, begins at a multiple of it or of a page, and is handed
/// out once until it comes back.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let memory = unsafe { &mut *self.0.get() };
        let size = block_size(layout);
        let waiting = &mut memory.waiting[size.ilog2() as usize];
        let block = *waiting;
        if block.is_null() {
            return memory.new_block(size);
        }
        *waiting = unsafe { *block.cast() };
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let memory = unsafe { &mut *self.0.get() };
        let waiting = &mut memory.waiting[block_size(layout).ilog2() as usize];
        unsafe { *block.cast() = *waiting };
        *waiting = block;
    }
}

impl Memory {
    fn new_block(&mut self, size: usize) -> *mut u8 {
        let mut start = self.next.next_multiple_of(size.min(PAGE));
        if start + size > self.end {
            let pages = size.div_ceil(PAGE);
            let first = memory_grow::<0>(pages);
            if first == usize::MAX {
                return null_mut();
            }
            start = first * PAGE;
            self.end = start + pages * PAGE;
        }
        self.next = start + size;
        start as *mut u8
    }
}

fn block_size(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(size_of::<usize>()).next_power_of_two()
}

/// What std asks of the C library, a thread's handle for one, is a few blocks that never come back.
/// Without these the C library's allocator would be in the file as well.
mod c {
    use super::{BLOCKS, GlobalAlloc, Layout, null_mut};

    const OUT_OF_MEMORY: i32 = 48;

    #[unsafe(no_mangle)]
    extern "C" fn malloc(size: usize) -> *mut u8 {
        let layout = Layout::from_size_align(size, 16);
        layout.map_or(null_mut(), |layout| unsafe { BLOCKS.alloc(layout) })
    }

    #[unsafe(no_mangle)]
    extern "C" fn calloc(_: usize, _: usize) -> *mut u8 {
        null_mut()
    }

    #[unsafe(no_mangle)]
    extern "C" fn realloc(_: *mut u8, _: usize) -> *mut u8 {
        null_mut()
    }

    #[unsafe(no_mangle)]
    extern "C" fn posix_memalign(_: *mut *mut u8, _: usize, _: usize) -> i32 {
        OUT_OF_MEMORY
    }

    #[unsafe(no_mangle)]
    extern "C" fn free(_: *mut u8) {}
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
