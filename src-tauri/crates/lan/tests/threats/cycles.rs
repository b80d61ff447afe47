//! T10, T12: devices that are paired and revoked again and again, by HTTP as browsers do it. Nothing is leaked:
//! no file, no thread, no memory, and a file of viewers that is whole after each of them.

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::ask::{Ask, HERE};
use crate::owner::{Owner, STREAM, stream};

/// Largest file of viewers, when nobody is paired.
const BOOK_BYTES: u64 = 4096;
/// Memory that may come with the first hundreds: buffers, and the log of the last thousand events.
const GROWN_BYTES: u64 = 4 * 1024 * 1024;

/// Pairs a browser, has it look, revokes it, and sees that it is out; so many times. Prints what it took.
pub(crate) async fn pair_and_revoke(cycles: usize) {
    let agent = Agent::start("warn", &json!({})).ticking().await;
    let mut owner = Owner::of(agent.address, &agent.owner_token()).await;
    let mut before = None;
    for cycle in 0..cycles {
        let cookie = owner.pair("view", &format!("Phone {cycle}"), HERE).await;
        let looks = |path: &str| Ask::get(path).header("Cookie", &cookie);
        assert_eq!(looks("/api/v1/snapshot").send(agent.address).await.status(), 200, "cycle {cycle}");
        let mut raw = stream(&looks(STREAM).upgrade(), agent.address).await;
        assert_eq!(raw.recv_type("connected").await["scope"], "view");
        let ids = owner.viewers().await;
        assert_eq!(ids.len(), 1, "cycle {cycle}");
        owner.revoke(&ids[0]).await;
        assert_eq!(raw.recv_type("goodbye").await["reason"], "revoked", "cycle {cycle}");
        drop(raw);
        // Nothing needs a token on this computer, so whoever looks with one of before is told what became of it.
        let again = looks(STREAM).header("X-Forwarded-For", "192.0.2.1").upgrade();
        let mut again = stream(&again, agent.address).await;
        assert_eq!(again.recv(|_| true).await["reason"], "revoked", "cycle {cycle}");
        let book = std::fs::read(agent.data_dir().join("access.json")).expect("it is there");
        let kept: Value = serde_json::from_slice(&book).unwrap_or_else(|err| panic!("cycle {cycle}: {err}"));
        assert_eq!(kept["viewers"], json!([]), "cycle {cycle}");
        assert!(book.len() as u64 <= BOOK_BYTES, "cycle {cycle}: {} bytes", book.len());
        if cycle == cycles / 4 {
            before = Some((agent.resident_bytes(), agent.threads()));
        }
    }
    // Sockets that are closed take a moment until they are gone.
    let begun = std::time::Instant::now();
    let descriptors = || agent.descriptors();
    let mut most = descriptors();
    while begun.elapsed() < std::time::Duration::from_secs(3) {
        most = most.min(descriptors());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let idle = Agent::start("warn", &json!({})).ticking().await;
    let mut with_owner = Owner::of(idle.address, &idle.owner_token()).await;
    with_owner.ask("viewers.list", Value::Null).await;
    let (resident, threads) = before.expect("a quarter of them came by");
    let now = (agent.resident_bytes(), agent.threads());
    println!(
        "{cycles} pairings: {most} descriptors (an agent nobody was paired with: {}), threads {threads} -> {}, RSS \
         {:.1} -> {:.1} MiB",
        idle.descriptors(),
        now.1,
        resident as f64 / 1_048_576.0,
        now.0 as f64 / 1_048_576.0,
    );
    // The file that is locked, and nothing for each of them.
    assert!(most <= idle.descriptors() + 4, "{most} descriptors");
    assert!(now.1 <= threads, "{} threads", now.1);
    assert!(now.0.saturating_sub(resident) < GROWN_BYTES, "{resident} -> {} bytes", now.0);
    let files: Vec<_> =
        std::fs::read_dir(agent.data_dir()).expect("a folder").flatten().map(|it| it.file_name()).collect();
    assert!(files.len() < 16, "{files:?}");
}
