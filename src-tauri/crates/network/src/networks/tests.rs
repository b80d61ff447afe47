//! Which addresses count as local, what a network is known by, and a made-up machine where Linux lets us make one.

#[cfg(unix)]
use std::time::Duration;

use super::*;

fn on(name: &str, address: &str, length: u8) -> Interface {
    let gateway_mac = Some("02:00:00:00:00:01".to_owned());
    Interface {
        name: name.to_owned(),
        up: true,
        addresses: vec![(address.parse().unwrap(), length)],
        gateway_mac,
    }
}

#[test]
fn local_is_what_the_own_network_alone_reaches() {
    let cases = [
        ("eth0", "192.168.1.7", 24, "192.168.1.0/24", true),
        ("wlan0", "10.20.30.40", 8, "10.0.0.0/8", true),
        ("en0", "172.31.255.1", 12, "172.16.0.0/12", true),
        ("tailscale0", "100.101.102.103", 32, "100.101.102.103/32", true),
        ("eth0", "fd12:3456:789a:1::7", 64, "fd12:3456:789a:1::/64", true),
        ("br0", "192.168.1.7", 24, "192.168.1.0/24", true),
        ("bridge0", "192.168.1.7", 24, "192.168.1.0/24", true),
        ("br-lan", "192.168.1.1", 24, "192.168.1.0/24", true),
        ("eth0", "100.128.0.1", 10, "100.128.0.0/10", false),
        ("eth0", "172.32.0.1", 16, "172.32.0.0/16", false),
        ("eth0", "203.0.113.9", 24, "203.0.113.0/24", false),
        ("eth0", "169.254.7.7", 16, "169.254.0.0/16", false),
        ("eth0", "2001:db8::7", 64, "2001:db8::/64", false),
        ("eth0", "fe80::7", 64, "fe80::/64", false),
        ("lo", "127.0.0.1", 8, "127.0.0.0/8", false),
        ("lo", "::1", 128, "::1/128", false),
        ("docker0", "172.17.0.1", 16, "172.17.0.0/16", false),
        ("br-0123456789ab", "172.18.0.1", 16, "172.18.0.0/16", false),
        ("virbr0", "192.168.122.1", 24, "192.168.122.0/24", false),
        ("bridge100", "192.168.64.1", 24, "192.168.64.0/24", false),
        ("vEthernet (WSL (Hyper-V firewall))", "172.20.0.1", 20, "172.20.0.0/20", false),
        ("point", "10.0.0.1", 0, "0.0.0.0/0", true),
    ];
    for (name, address, length, prefix, local) in cases {
        let found = judged(vec![on(name, address, length)]);
        assert_eq!(found.len(), 1, "{name} {address}");
        assert_eq!((found[0].prefix.as_str(), found[0].local), (prefix, local), "{name} {address}");
    }
    let down = Interface { up: false, ..on("eth0", "192.168.1.7", 24) };
    assert_eq!(judged(vec![down]), []);
}

#[test]
fn a_network_is_known_by_its_prefix_and_its_gateway() {
    let home = judged(vec![on("eth0", "192.168.1.7", 24)]).remove(0);
    let by_wifi = judged(vec![on("wlan0", "192.168.1.8", 24)]).remove(0);
    assert_eq!(home.key(), by_wifi.key(), "another address and another interface are the same network");
    let cafe = Network { gateway_mac: Some("02:00:00:00:00:02".to_owned()), ..home.clone() };
    assert_ne!(home.key(), cafe.key());
    let written = serde_json::to_string(&home.key()).unwrap();
    assert_eq!(written, r#"{"prefix":"192.168.1.0/24","gatewayMac":"02:00:00:00:00:01"}"#);
    assert_eq!(serde_json::from_str::<NetworkKey>(&written).unwrap(), home.key());
}

#[test]
fn they_come_by_interface_and_once() {
    let twice = Interface {
        addresses: ["fd00::7", "10.0.0.7", "10.0.0.7"].map(|address| (address.parse().unwrap(), 8)).into(),
        ..on("eth1", "10.0.0.7", 8)
    };
    let found = judged(vec![twice, on("eth0", "192.168.1.7", 24)]);
    let found: Vec<_> = found.iter().map(|network| network.address.to_string()).collect();
    assert_eq!(found, ["192.168.1.7", "10.0.0.7", "fd00::7"]);
}

/// The time that this thread had a processor: what else the machine does is not in it.
#[cfg(unix)]
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a clock that runs forward")
}

/// Says a line for each network. The test below runs it where the machine is made up.
#[test]
fn those_of_this_machine_are_told() {
    let first = networks();
    for network in &first {
        println!("{network:?}");
    }
    assert!(first.iter().any(|network| network.address.is_loopback() && !network.local));
}

#[cfg(unix)]
#[test]
fn those_of_this_machine_are_told_for_little_work() {
    let before = worked();
    for _ in 0..10 {
        let _ = networks();
    }
    let each = (worked() - before) / 10;
    assert!(each.as_millis() < 100, "asked every 5 s, it may take a fiftieth of that: {each:?}");
}

/// A machine in a network namespace: a cable, a bridge of containers, a link that is down.
#[cfg(target_os = "linux")]
mod made_up {
    use std::process::{Command, Output};

    /// Removes the namespace, and with it all that is in it.
    struct Namespace(String);

    impl Drop for Namespace {
        fn drop(&mut self) {
            drop(ip(&["netns", "delete", &self.0]));
        }
    }

    fn ip(arguments: &[&str]) -> std::io::Result<Output> {
        Command::new("ip").args(arguments).output()
    }

    /// The namespace, or why there can be none here.
    fn namespace() -> Result<Namespace, String> {
        let name = format!("sightline-{}", std::process::id());
        let made = ip(&["netns", "add", &name]).map_err(|err| format!("no program ip: {err}"))?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).trim().to_owned());
        }
        let namespace = Namespace(name);
        let steps = [
            "link set lo up",
            "link add eth0 type veth peer name far0",
            "link set eth0 up",
            "link set far0 up",
            "address add 192.168.77.7/24 dev eth0",
            "address add fd77::7/64 dev eth0 nodad",
            "route add default via 192.168.77.1 dev eth0",
            "neighbour add 192.168.77.1 lladdr 02:00:00:00:77:01 dev eth0",
            "link add eth1 type veth peer name far1",
            "address add 192.168.78.7/24 dev eth1",
            "link add docker0 type veth peer name far2",
            "link set docker0 up",
            "link set far2 up",
            "address add 172.17.0.1/16 dev docker0",
        ];
        for step in steps {
            let arguments: Vec<_> = ["-n", &namespace.0].into_iter().chain(step.split(' ')).collect();
            let done = ip(&arguments).map_err(|err| err.to_string())?;
            if !done.status.success() {
                return Err(format!("{step}: {}", String::from_utf8_lossy(&done.stderr).trim()));
            }
        }
        Ok(namespace)
    }

    #[test]
    fn a_made_up_machine_is_told_as_it_is() {
        let namespace = match namespace() {
            Ok(namespace) => namespace,
            Err(reason) => return testing::skip(format_args!("network namespaces: {reason}")),
        };
        let test = "networks::tests::those_of_this_machine_are_told";
        let told = Command::new("ip")
            .args(["netns", "exec", &namespace.0])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(told.status.success(), "{text}{}", String::from_utf8_lossy(&told.stderr));
        let line = |address: &str| text.lines().find(|line| line.contains(&format!("address: {address},")));
        let home = line("192.168.77.7").expect("the cable");
        assert!(home.contains("local: true") && home.contains(r#"prefix: "192.168.77.0/24""#), "{home}");
        assert!(home.contains(r#"gateway_mac: Some("02:00:00:00:77:01")"#), "{home}");
        let home = line("fd77::7").expect("the cable, by IPv6");
        assert!(home.contains("local: true") && home.contains("02:00:00:00:77:01"), "{home}");
        let containers = line("172.17.0.1").expect("the bridge of containers");
        assert!(
            containers.contains("local: false") && containers.contains("gateway_mac: None"),
            "{containers}"
        );
        assert_eq!(line("192.168.78.7"), None, "a link that is down: {text}");
    }
}
