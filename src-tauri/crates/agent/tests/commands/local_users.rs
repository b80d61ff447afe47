//! Who comes from this computer: the same user, another person, a system account, and proxies. All of them connect from
//! loopback.

use std::process::Command;

use crate::agent::{Agent, outcome};
use crate::sharing::eventually;

/// Whether this test may run programs of other users; says so where it may not.
fn may_become_others() -> bool {
    let may = outcome(Command::new("setpriv").args(["--reuid", "33", "true"])).code == Some(0);
    if !may {
        testing::skip("root and setpriv");
    }
    may
}

/// What the agent answers to a plain request of the user `uid`, with these further lines in its head.
fn ask(agent: &Agent, uid: u32, version: &str, lines: &str) -> String {
    let port = agent.port;
    let head = format!(
        "GET /api/v1/processes?limit=1 HTTP/{version}\\r\\nHost: 127.0.0.1:{port}\\r\\n{lines}Connection: close\\r\\n\\r\\n"
    );
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{head}' >&3; cat <&3");
    let uid = uid.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &uid, "--regid", &uid, "--clear-groups", "bash", "-c", &script]);
    outcome(&mut command).out
}

#[test]
fn local_means_the_same_user() {
    if !may_become_others() {
        return;
    }
    let agent = Agent::start();
    let sees = |uid, version, lines: &str| {
        // Without a first table of processes it has none to show.
        let mut answer = String::new();
        eventually("an answer", || {
            answer = ask(&agent, uid, version, lines);
            !answer.starts_with("HTTP/1.1 503")
        });
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        (status, answer.contains(r#""user":""#))
    };
    let (ok, unknown) = ("200".to_owned(), "401".to_owned());
    assert_eq!(sees(0, "1.1", ""), (ok.clone(), true), "the same user, or the administrator: processes");
    assert_eq!(sees(1001, "1.1", ""), (ok, false), "another person: numbers and names");
    for uid in [33, 999, 65_534] {
        assert_eq!(sees(uid, "1.1", ""), (unknown.clone(), false), "a system account, as a proxy is: {uid}");
    }
    // Proxies of the same user.
    assert_eq!(sees(0, "1.0", ""), (unknown.clone(), false), "nginx, as it is");
    for header in [
        "Forwarded: for=192.0.2.1",
        "Via: 1.1 proxy",
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Proto: https",
        "X-Real-IP: 192.0.2.1",
        "CF-Connecting-IP: 192.0.2.1",
        "True-Client-IP: 192.0.2.1",
        "Tailscale-User-Login: a@example.org",
    ] {
        assert_eq!(sees(0, "1.1", &format!("{header}\\r\\n")), (unknown.clone(), false), "{header}");
    }
}

#[test]
fn a_program_of_another_user_that_holds_the_port_does_not_become_the_owner() {
    if !may_become_others() {
        return;
    }
    let agent = Agent::start();
    // It passes everything on to the real one, which has another port.
    let relay = format!(
        "import socket,threading\n\
         l=socket.socket();l.bind(('127.0.0.1',0));l.listen();print(l.getsockname()[1],flush=True)\n\
         def pump(a,b):\n\
         \x20while (d:=a.recv(65536)): b.sendall(d)\n\
         while True:\n\
         \x20a,_=l.accept();b=socket.create_connection(('127.0.0.1',{}))\n\
         \x20[threading.Thread(target=pump,args=p,daemon=True).start() for p in ((a,b),(b,a))]\n",
        agent.port
    );
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "1001", "--regid", "1001", "--clear-groups", "/usr/bin/python3", "-c", &relay]);
    let mut relay = command.stdout(std::process::Stdio::piped()).spawn().expect("a relay");
    let mut port = String::new();
    let out = relay.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut port).expect("its port");
    let token = std::fs::read_to_string(agent.data_dir().join("owner.token")).expect("the owner's token");
    let secret =
        token.trim().strip_prefix("owner.").and_then(wire::proof::Secret::from_hex).expect("its shape");
    let at = |port: u16| client::address::Address::here(port);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let open = |port| runtime.block_on(client::stream::open(&at(port), "owner", &secret, None)).map(drop);
    let through = open(port.trim().parse().expect("a number"));
    relay.kill().and_then(|()| relay.wait()).expect("its end");
    assert!(matches!(through, Err(client::stream::OpenError::Unauthorized(_))), "{through:?}");
    assert!(open(agent.port).is_ok(), "the owner's own way");
}

#[test]
fn the_owners_socket_is_the_owners_alone() {
    if !may_become_others() {
        return;
    }
    let agent = Agent::start();
    assert_eq!(agent.run(&["viewers", "--json"]).code, Some(0));
    let asked_by_other = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "1001", "--regid", "1001", "--clear-groups"]);
        command.arg(env!("CARGO_BIN_EXE_sightline-agent"));
        command.args(["viewers", "--json", "--data-dir"]).arg(agent.data_dir());
        outcome(&mut command)
    };
    let other = asked_by_other();
    assert!(other.code == Some(1) && other.err.contains("Another user runs Sightline"), "{other:?}");
    // Even where the directory and the socket were opened to everybody by hand.
    let open = |path: &std::path::Path, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    open(agent.data_dir(), 0o755);
    open(&agent.data_dir().join("owner.sock"), 0o777);
    let other = asked_by_other();
    assert_eq!(other.code, Some(1), "{other:?}");
    assert_eq!(agent.run(&["viewers", "--json"]).code, Some(0), "the owner's own way");
}
