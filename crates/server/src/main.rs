//! The server as a program; all of it is in the library.

fn main() -> std::process::ExitCode {
    microredis::program::main()
}
