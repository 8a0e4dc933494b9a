//! A server inside a program: started in a thread, used over TCP, stopped from code.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = microredis::Server::builder().port(0).maxmemory("16mb").maxmemory_policy("allkeys-lru").start()?;
    let address = server.local_addr().ok_or("no TCP address")?;
    println!("serving on {address}");

    let mut client = TcpStream::connect(address)?;
    client.write_all(b"SET greeting hello\r\nGET greeting\r\n")?;
    let mut replies = [0; 16];
    client.read_exact(&mut replies)?;
    print!("{}", String::from_utf8_lossy(&replies));

    println!("{}", server.info("memory"));
    server.stop();
    Ok(())
}
