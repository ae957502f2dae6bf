# How a step becomes a program of its own. The scripts beside this file read it, in the repository.

# Copies the step $1 into the folder $2, without what is the book's own.
copy_step() {
    mkdir -p "$2"
    cp -r "steps/$1/src" Cargo.lock "$2/"
    sed '/^# The book.s own/,$d' "steps/$1/Cargo.toml" >"$2/Cargo.toml"
    sed -n '/^\[profile\.dev\]/,/^debug = false/p' Cargo.toml >>"$2/Cargo.toml"
}
