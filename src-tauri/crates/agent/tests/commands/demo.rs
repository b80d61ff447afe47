//! `serve --demo`: recorded machines instead of this one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Ended when dropped.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_tells_where_its_machines_are_and_that_they_are_recorded() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline-agent"));
    command.args(["serve", "--demo", "--machines", "3", "--port", "0"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = Demo(command.spawn().expect("a running agent"));
    let out = BufReader::new(demo.0.stdout.take().expect("its output"));
    let lines: Vec<String> = out.lines().take(4).map(|line| line.expect("a line")).collect();
    assert!(lines[1].contains("Demo") && lines[1].contains("atlas"), "{lines:?}");
    for (line, name) in [(&lines[0], "atlas"), (&lines[2], "studio-pc"), (&lines[3], "work-mbp")] {
        let address = line.rsplit_once("http://").expect("an address").1;
        let mut stream = TcpStream::connect(address).expect("a machine");
        // What the page is told first.
        write!(stream, "GET /api/v1/devices HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
            .expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(name), "{answer}");
    }
}

#[test]
fn a_window_that_is_measured_knows_its_machines_from_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline-agent"));
    command.args(["serve", "--demo", "--machines", "2", "--port", "0", "--known-in"]).arg(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = Demo(command.spawn().expect("a running agent"));
    let out = BufReader::new(demo.0.stdout.take().expect("its output"));
    let line = out.lines().next().expect("a line").expect("text");
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(name)).expect(name)).expect("JSON")
    };
    let (list, secrets) = (read("machines.json"), read("secrets.json"));
    let [first, second] = list["machines"].as_array().expect("a list").as_slice() else { panic!("{list}") };
    assert!(line.ends_with(first["addresses"][0].as_str().expect("an address")), "{line}: {first}");
    assert!(secrets[second["id"].as_str().expect("an id")].is_string(), "{secrets}");
}
