//! Who comes from this computer: the same user, another person, a system account, and proxies. All of them connect from
//! loopback.

use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt as _, StreamExt as _};
use rustix::thread::set_thread_res_uid;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::DEADLINE;
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
        "GET /api/v1/processes?limit=10000 HTTP/{version}\\r\\nHost: 127.0.0.1:{port}\\r\\n{lines}Connection: close\\r\\n\\r\\n"
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

/// A program of `uid` that runs at a place where nobody else may look. Dropping it ends it.
struct Hidden {
    process: Child,
    place: tempfile::TempDir,
}

impl Hidden {
    /// How the folder is called that it runs in, and that its program is in.
    const FOLDER: &'static str = "nobody-elses-business";

    fn start(uid: u32) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory");
        let folder = place.path().join(Self::FOLDER);
        std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder");
        let program = folder.join("walled-in");
        std::fs::copy("/bin/sleep", &program).expect("a copy");
        for own in [place.path(), &folder, &program] {
            chown(own, Some(uid), Some(uid)).expect("root may");
        }
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid",
            &uid.to_string(),
            "--regid",
            &uid.to_string(),
            "--clear-groups",
            "sh",
            "-c",
        ]);
        command.arg(format!("cd {} && exec ./walled-in 1000", folder.display()));
        let process = command.stdin(Stdio::null()).spawn().expect("a program");
        let exe = format!("/proc/{}/exe", process.id());
        eventually("it runs", || std::fs::read_link(&exe).is_ok_and(|exe| exe == program));
        Self { process, place }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a program of `uid` gets of the process `pid` by the native stream: all that is said until every channel has sent
/// something and it is told, or not, about the details of that process; and the answer about these.
fn watch(at: SocketAddr, uid: u32, pid: u32, started_at_ms: u64) -> (String, Value) {
    let watching = std::thread::spawn(move || {
        // A thread has users of its own, and so have the sockets that it makes.
        let user = rustix::process::Uid::from_raw(uid);
        set_thread_res_uid(user, user, user).expect("root may");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let link = TcpStream::connect(at).await.expect("a connection");
            let (mut socket, _) =
                client_async(format!("ws://{at}/api/v1/stream"), link).await.expect("a stream");
            let (mut said, mut tables) = (String::new(), 0);
            while let Some(message) = timeout(DEADLINE, socket.next()).await.expect("in time") {
                let Message::Text(text) = message.expect("a message") else { continue };
                said.push_str(&text);
                let message: Value = serde_json::from_str(&text).expect("JSON");
                if message["type"] == "connected" {
                    let channels = message["channels"].as_array().expect("a list").iter();
                    let names: Vec<_> = channels.map(|channel| channel["name"].clone()).collect();
                    let subscribe = json!({"type": "subscribe", "channels": names});
                    socket.send(Message::text(subscribe.to_string())).await.expect("sent");
                } else if message["type"] == "frame" && message["channel"] == "processes" {
                    tables += 1;
                    if tables == 2 {
                        let params = json!({"pid": pid, "startedAtMs": started_at_ms});
                        let ask =
                            json!({"type": "request", "id": 1, "method": "process.detail", "params": params});
                        socket.send(Message::text(ask.to_string())).await.expect("sent");
                    }
                } else if message["type"] == "response" {
                    return (said, message);
                }
            }
            panic!("it ended: {said:.2000}");
        })
    });
    watching.join().expect("an end")
}

#[test]
fn what_root_may_read_and_the_asking_user_may_not_is_not_told() {
    if !may_become_others() {
        return;
    }
    let agent = Agent::start();
    let hidden = Hidden::start(1001);
    let pid = hidden.process.id();
    let listed = |uid| {
        let answer = ask(&agent, uid, "1.1", "");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        let rows: Value = serde_json::from_str(&body).unwrap_or_default();
        rows["processes"].as_array().into_iter().flatten().find(|row| row["pid"] == pid).cloned()
    };
    let mut row = Value::Null;
    eventually("the process is in the table", || listed(0).map(|found| row = found).is_some());
    let started_at_ms = row["startedAtMs"].as_u64().expect("a time");
    let at = SocketAddr::from(([127, 0, 0, 1], agent.port));
    let (_, detail) = watch(at, 0, pid, started_at_ms);
    let place = hidden.place.path().join(Hidden::FOLDER);
    assert_eq!(detail["result"]["workingDirectory"].as_str().map(Path::new), Some(&*place), "root: {detail}");
    // Another person, and the one whose process it is: that it is this one's is not looked at.
    for uid in [1002, 1001] {
        let (said, detail) = watch(at, uid, pid, started_at_ms);
        assert_eq!(detail["error"]["code"], "forbidden", "{uid}: {detail}");
        assert!(said.contains("walled-in"), "{uid}: it is listed, by its name");
        assert!(!said.contains(Hidden::FOLDER), "{uid}: where it runs is told");
        let row = listed(uid).unwrap_or_else(|| panic!("{uid} sees its name"));
        let keys: Vec<_> = row.as_object().expect("an object").keys().collect();
        assert!(!keys.iter().any(|key| ["user", "command"].contains(&key.as_str())), "{uid}: {keys:?}");
    }
}

/// Starts what follows without the two ways in which Linux tells whose a socket is: `sock_diag` is forbidden to it, and
/// there is no `/proc/net/tcp`.
const UNTOLD: &str = r#"
import ctypes, os, platform, struct, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def must(done): assert done == 0, os.strerror(ctypes.get_errno())
must(libc.unshare(0x20000))
subprocess.run(["mount", "--make-rprivate", "/"], check=True)
subprocess.run(["mount", "-t", "tmpfs", "none", f"/proc/{os.getpid()}/net"], check=True)
socket = {"x86_64": 41, "aarch64": 198}[platform.machine()]
load, equal, answer = 0x20, 0x15, 0x06
steps = [(load, 0, 0, 0), (equal, 0, 5, socket), (load, 0, 0, 16), (equal, 0, 3, 16), (load, 0, 0, 32), (equal, 0, 1, 4),
         (answer, 0, 0, 0x5000d), (answer, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
class Program(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
program = Program(len(steps), ctypes.addressof(code))
must(libc.prctl(38, 1, 0, 0, 0))
must(libc.prctl(22, 2, ctypes.byref(program), 0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"#;

#[test]
fn where_the_system_does_not_tell_everybody_sees_numbers_and_it_is_said() {
    if !may_become_others() {
        return;
    }
    let told = Agent::start();
    let mut wrapped = Command::new("/usr/bin/python3");
    wrapped.args(["-c", UNTOLD]);
    let untold = Agent::start_under(wrapped);
    for uid in [0, 33, 1001] {
        let mut answer = String::new();
        eventually("an answer", || {
            answer = ask(&untold, uid, "1.1", "");
            !answer.starts_with("HTTP/1.1 503")
        });
        assert!(answer.starts_with("HTTP/1.1 200"), "{uid}: {answer:.200}");
        assert!(!answer.contains(r#""user":""#), "{uid}: {answer:.2000}");
        assert!(!ask(&untold, uid, "1.0", "").contains("200 OK"), "{uid}: through a proxy that says so");
    }
    assert!(ask(&told, 0, "1.1", "").contains("HTTP/1.1"), "somebody came");
    const SAID: &str = "does not tell whose programs connect";
    assert_eq!(untold.stdout(&["viewers"]).matches(SAID).count(), 1);
    assert_eq!(told.stdout(&["viewers"]).matches(SAID).count(), 0);
    // With a name added, nobody sees anything by being here.
    untold.stdout(&["names", "add", "nas.example.org"]);
    assert_eq!(untold.stdout(&["viewers"]).matches(SAID).count(), 0);
}
