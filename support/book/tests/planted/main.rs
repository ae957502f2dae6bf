//! Plants every fault that the checks know in a small book, to see it caught.

mod fixture;
mod in_asserting;
mod in_code;
mod in_exercises;
mod in_modules;
mod in_numbers;
mod in_order;
mod in_pictures;
mod in_prose;
mod in_publishing;
mod in_quotes;
mod in_rendering;
mod in_terminals;
mod in_tests;
