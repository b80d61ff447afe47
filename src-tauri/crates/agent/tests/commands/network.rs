//! Two computers and a cable between them: network namespaces, which need root.

use std::io;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// The address of the near computer, where the agent runs.
pub(crate) const NEAR: &str = "192.168.93.1";
/// The address of the far one.
pub(crate) const FAR: &str = "192.168.93.2";

/// Two namespaces with an address each. Dropping it removes them, and with them all that is in them.
pub(crate) struct Network {
    pub(crate) near: String,
    pub(crate) far: String,
}

impl Network {
    /// The network; nothing where none can be made, and then the test is skipped.
    pub(crate) fn make() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = |side| {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            format!("sightline-{side}-{}-{count}", std::process::id())
        };
        let network = Self { near: name("near"), far: name("far") };
        match network.lay() {
            Ok(()) => Some(network),
            Err(reason) => {
                testing::skip(format_args!("network namespaces: {reason}"));
                None
            }
        }
    }

    fn lay(&self) -> io::Result<()> {
        let (near, far) = (&self.near, &self.far);
        let steps = [
            format!("netns add {near}"),
            format!("netns add {far}"),
            format!("-n {near} link set lo up"),
            format!("-n {far} link set lo up"),
            format!("-n {near} link add cable type veth peer name cable netns {far}"),
            format!("-n {near} address add {NEAR}/24 dev cable"),
            format!("-n {far} address add {FAR}/24 dev cable"),
            format!("-n {near} link set cable up"),
            format!("-n {far} link set cable up"),
        ];
        for step in steps {
            let done = ip(&step)?;
            if !done.status.success() {
                return Err(io::Error::other(format!("{step}: {}", String::from_utf8_lossy(&done.stderr))));
            }
        }
        // The kernel tells of a cable that was plugged in up to a second later.
        let until = Instant::now() + crate::DEADLINE;
        let is_up = |name: &str| -> io::Result<bool> {
            let told = ip(&format!("-n {name} link show cable"))?;
            Ok(String::from_utf8_lossy(&told.stdout).contains("state UP"))
        };
        while !(is_up(near)? && is_up(far)?) {
            if Instant::now() > until {
                return Err(io::Error::other("the cable is not up"));
            }
        }
        Ok(())
    }

    /// Has `ip` do something on the near computer; what it says.
    pub(crate) fn near_ip(&self, step: &str) -> String {
        must(&format!("-n {} {step}", self.near))
    }

    /// The same on the far one.
    pub(crate) fn far_ip(&self, step: &str) -> String {
        must(&format!("-n {} {step}", self.far))
    }

    /// Gives the near computer another address, in a network of 256.
    pub(crate) fn readdress(&self, from: &str, to: &str) {
        // The other way round, the second address of a network would go with the first.
        for step in [format!("del {from}"), format!("add {to}")] {
            self.near_ip(&format!("address {step}/24 dev cable"));
        }
    }

    /// Does `work` on the far computer.
    pub(crate) fn far_away<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> std::thread::JoinHandle<T> {
        within(&self.far, work)
    }

    /// Status and body of a request from the far computer to `address`; nothing where nobody answers.
    pub(crate) fn ask(&self, address: SocketAddr, request: String) -> Option<(u16, String)> {
        use std::io::{Read, Write};
        let asking = self.far_away(move || async move {
            let mut socket = std::net::TcpStream::connect_timeout(&address, crate::DEADLINE).ok()?;
            socket.set_read_timeout(Some(2 * crate::DEADLINE)).ok()?;
            socket.write_all(request.as_bytes()).ok()?;
            let mut answer = String::new();
            socket.read_to_string(&mut answer).ok()?;
            let (head, body) = answer.split_once("\r\n\r\n")?;
            Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
        });
        asking.join().expect("an end")
    }

    /// `GET path` from the far computer, without a token.
    pub(crate) fn get(&self, port: u16, path: &str) -> Option<u16> {
        self.get_at(NEAR, port, path)
    }

    /// The same at another address of the near computer.
    pub(crate) fn get_at(&self, address: &str, port: u16, path: &str) -> Option<u16> {
        let address = SocketAddr::new(address.parse().expect("an address"), port);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        self.ask(address, request).map(|(status, _)| status)
    }

    /// `POST /api/v1/pair` from the far computer.
    pub(crate) fn pair(&self, port: u16, body: &serde_json::Value) -> (u16, serde_json::Value) {
        let (address, body) = (near(port), body.to_string());
        let request = format!(
            "POST /api/v1/pair HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             User-Agent: Mozilla/5.0 (iPhone) Safari/604.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let (status, body) = self.ask(address, request).expect("an answer");
        (status, serde_json::from_str(&body).unwrap_or_else(|err| panic!("{err}: {body}")))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in [&self.near, &self.far] {
            drop(ip(&format!("netns delete {name}")));
        }
    }
}

/// Does `work` in a namespace.
pub(crate) fn within<T: Send + 'static, F: Future<Output = T>>(
    namespace: &str,
    work: impl FnOnce() -> F + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let namespace = format!("/run/netns/{namespace}");
    // A thread has a namespace of its own, and with one thread the runtime stays in it.
    std::thread::spawn(move || {
        use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
        let namespace = std::fs::File::open(namespace).expect("the namespace");
        move_into_link_name_space(std::os::fd::AsFd::as_fd(&namespace), Some(LinkNameSpaceType::Network))
            .expect("a move into the namespace");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work())
    })
}

/// The near computer as the far one sees it.
fn near(port: u16) -> SocketAddr {
    SocketAddr::new(NEAR.parse().expect("an address"), port)
}

/// Has `ip` do something that has to be done; what it says.
fn must(arguments: &str) -> String {
    let done = ip(arguments).expect("ip runs");
    assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn ip(arguments: &str) -> io::Result<Output> {
    Command::new("ip").args(arguments.split(' ')).output()
}
