//! Serves step 16, once its store is there.

fn main() {}
