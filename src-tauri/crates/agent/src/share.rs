//! `share` and `unshare`: how far this machine is exposed.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Result, bail};
use wire::message::Sessions;
use wire::sharing::{Encryption, InviteParams, NetworkAnswer, NetworkInfo, Reach, Sharing, SharingChange};
use wire::{Channel, Method, Scope};

use crate::args::{Share, Unshare};
use crate::connect::{connect, print_json, read, runtime};
use crate::{messages, pairing_link, terminal};

/// Shares with devices of the local network, and shows a code for one.
pub(crate) fn share(share: &Share, out: &mut impl Write) -> Result<()> {
    let runtime = runtime()?;
    let before = runtime.block_on(read(&share.here))?;
    let interfaces = interfaces(share, &before)?;
    // The answers may take a while: the session is opened anew after them.
    let answers = answers(&before, interfaces.as_deref(), share.yes)?;
    let sharing = runtime.block_on(async {
        let mut control = connect(&share.here).await?;
        for change in changes(&before, interfaces, share.open, &answers) {
            let _: Sharing = match change {
                Change::Sharing(change) => control.request(Method::SharingSet, &change).await?,
                Change::Network(answer) => control.request(Method::SharingNetwork, &answer).await?,
            };
        }
        let sharing = control.read().await?;
        if sharing.links.is_empty() {
            return Ok(sharing);
        }
        anyhow::Ok(
            control
                .request(
                    Method::PairingInvite,
                    &InviteParams { scope: share.sees.scope, arguments: share.sees.with_arguments },
                )
                .await?,
        )
    })?;
    if sharing.links.is_empty() {
        let no_network = || "this machine is on no local network that it may share on".to_owned();
        let why = messages::sharing_problem(&sharing).unwrap_or_else(no_network);
        bail!("no other device can reach this machine now: {why}");
    }
    if share.json {
        return print_json(out, &pairing_link::Told::of(&sharing));
    }
    explain(out, &sharing, share.sees.scope)?;
    Ok(())
}

/// Limits sharing to this computer.
pub(crate) fn unshare(unshare: &Unshare, out: &mut impl Write) -> Result<()> {
    let (was_shared, cut, sharing) = runtime()?.block_on(async {
        let mut control = connect(&unshare.here).await?;
        let before = control.read().await?;
        let sessions: Sessions = control.read_channel(Channel::Sessions).await?;
        let change =
            SharingChange { reach: Some(Reach::Local), open: Some(false), ..SharingChange::default() };
        let after: Sharing = control.request(Method::SharingSet, &change).await?;
        anyhow::Ok((before.reach == Reach::Lan || before.open, from_elsewhere(&sessions), after))
    })?;
    if was_shared {
        let ended = if cut == 1 { "was cut off" } else { "were cut off" };
        let cut = messages::count(cut, "viewer");
        writeln!(out, "Only this computer can watch this machine now. {cut} on the network {ended}.")?;
        writeln!(out, "Paired devices stay paired, for the next `sightline-agent share`.")?;
    } else {
        writeln!(out, "It was not shared: only this computer can watch this machine.")?;
    }
    let still: Vec<_> = sharing.listening.iter().filter(|address| !is_local(address)).cloned().collect();
    if !still.is_empty() {
        writeln!(out, "It still listens on {}, as it was told at its start (--listen).", still.join(", "))?;
    }
    write!(out, "{}", messages::not_kept(&sharing))?;
    Ok(())
}

/// The interfaces to share on, where that is to change.
fn interfaces(share: &Share, before: &Sharing) -> Result<Option<Vec<String>>> {
    if share.every_interface {
        return Ok(Some(Vec::new()));
    }
    let mut known: Vec<_> = before
        .networks
        .iter()
        .filter(|network| !is_this_computer(network))
        .map(|network| network.interface.as_str())
        .collect();
    known.dedup();
    if let Some(unknown) = share.interfaces.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no interface \"{unknown}\" with a network; there are {}", known.join(", "));
    }
    Ok((!share.interfaces.is_empty()).then(|| share.interfaces.clone()))
}

/// A step towards what was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Sharing(SharingChange),
    Network(NetworkAnswer),
}

/// The steps, in an order that never exposes more than the result does.
fn changes(
    before: &Sharing,
    interfaces: Option<Vec<String>>,
    open: bool,
    answers: &[(&NetworkInfo, bool)],
) -> Vec<Change> {
    let refused = answers.iter().any(|(_, allow)| !allow);
    let answers_of = answers
        .iter()
        .map(|(network, allow)| Change::Network(NetworkAnswer { id: network.id.clone(), allow: *allow }));
    let set = |interfaces| {
        let (reach, open) = (Some(Reach::Lan), Some(open));
        Change::Sharing(SharingChange { reach, open, interfaces, ..SharingChange::default() })
    };
    if !refused {
        return std::iter::once(set(interfaces)).chain(answers_of).collect();
    }
    // Setting `lan` accepts all networks of the chosen interfaces except refused ones, which need an answer of their own.
    let meant = interfaces.unwrap_or_else(|| before.interfaces.clone().unwrap_or_default());
    let refused = |name: &str| answers.iter().any(|(network, allow)| !allow && network.interface == name);
    let mut allowed: Vec<_> = meant_networks(before, &meant)
        .map(|network| network.interface.clone())
        .filter(|name| !refused(name))
        .collect();
    allowed.dedup();
    let first = set(Some(allowed));
    std::iter::once(first).chain(answers_of).chain([set(Some(meant))]).collect()
}

/// The answers about the networks that are to be asked about.
fn answers<'a>(
    before: &'a Sharing,
    interfaces: Option<&[String]>,
    yes: bool,
) -> Result<Vec<(&'a NetworkInfo, bool)>> {
    let mut answers = Vec::new();
    for network in unasked(before, interfaces) {
        let NetworkInfo { interface, address, prefix, .. } = network;
        let question = format!("Share on the network {prefix} ({interface}, as {address})?");
        answers.push((network, yes || terminal::confirm(&question)?));
    }
    if !answers.is_empty() && answers.iter().all(|(_, allow)| !allow) && !is_allowed_anywhere(before) {
        bail!("nothing was changed: there is no network to share on");
    }
    Ok(answers)
}

/// The networks to ask about, of those on `interfaces`: while it is shared, those without an answer; else also those that
/// were refused, because the owner wants to share now.
fn unasked<'a>(before: &'a Sharing, interfaces: Option<&[String]>) -> Vec<&'a NetworkInfo> {
    let interfaces = interfaces.or(before.interfaces.as_deref()).unwrap_or_default();
    let open = |network: &&NetworkInfo| match network.allowed {
        None => true,
        Some(allowed) => !allowed && before.reach != Reach::Lan,
    };
    meant_networks(before, interfaces).filter(open).collect()
}

/// The networks that are shared on when these interfaces are; without any named, the local ones.
fn meant_networks<'a>(sharing: &'a Sharing, interfaces: &[String]) -> impl Iterator<Item = &'a NetworkInfo> {
    sharing.networks.iter().filter(move |network| match interfaces {
        [] => network.local,
        named => named.contains(&network.interface),
    })
}

fn is_allowed_anywhere(sharing: &Sharing) -> bool {
    sharing.networks.iter().any(|network| network.allowed == Some(true))
}

/// What is open now, for whom, and how it ends.
fn explain(out: &mut impl Write, sharing: &Sharing, scope: Scope) -> std::io::Result<()> {
    let networks: Vec<_> = sharing
        .networks
        .iter()
        .filter(|network| network.listening && !is_this_computer(network))
        .map(|network| format!("{} ({})", network.prefix, network.interface))
        .collect();
    if sharing.open {
        writeln!(out, "Anyone on {} may watch this machine, without pairing:", networks.join(" and "))?;
        writeln!(out, "numbers and process names, never more. Paired devices see what they were given.")?;
        writeln!(out, "`sightline-agent share` limits it to paired devices again.")?;
    } else {
        writeln!(out, "Paired devices on {} can watch this machine now.", networks.join(" and "))?;
    }
    writeln!(out, "`sightline-agent unshare` ends it.")?;
    writeln!(out)?;
    pairing_link::print(out, sharing)?;
    writeln!(out, "`sightline-agent pair` asks here whether to approve a device that types it.")?;
    if let Some(privacy) = messages::privacy(&sharing.encryption) {
        writeln!(out, "{privacy}")?;
    }
    write!(out, "{}", messages::users_untold(sharing))?;
    if sharing.encryption == Encryption::Off && scope == Scope::Control {
        writeln!(out, "Over such a link a device with scope control sees processes, and changes nothing.")?;
    }
    if let [_, others @ ..] = sharing.links.as_slice()
        && !others.is_empty()
    {
        writeln!(out, "This machine is also at {}.", others.join(", "))?;
    }
    if let Some(problem) = messages::sharing_problem(sharing) {
        writeln!(out, "{}", messages::sentence(&problem))?;
    }
    Ok(())
}

/// Sessions that come from other machines.
fn from_elsewhere(sessions: &Sessions) -> usize {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let elsewhere = |text: &&str| address(text).is_some_and(|address| !address.to_canonical().is_loopback());
    sessions.sessions.iter().filter_map(|session| session.address.as_deref()).filter(elsewhere).count()
}

/// Whether it is a loopback URL.
fn is_this_computer(network: &NetworkInfo) -> bool {
    network.address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_local(listening: &str) -> bool {
    listening.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(interface: &str, local: bool, allowed: Option<bool>) -> NetworkInfo {
        NetworkInfo {
            id: format!("id of {interface}"),
            interface: interface.to_owned(),
            address: "192.168.1.20".to_owned(),
            prefix: "192.168.1.0/24".to_owned(),
            local,
            allowed,
            listening: false,
        }
    }

    fn machine() -> Sharing {
        let networks = vec![
            network("eth0", true, None),
            network("wlan0", true, None),
            network("docker0", false, None),
            network("eth1", true, Some(true)),
            network("eth2", true, Some(false)),
        ];
        Sharing { networks, ..Sharing::default() }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_networks_that_are_new_and_meant_are_asked_about() {
        let before = machine();
        let asked = |before: &Sharing, interfaces: Option<&[&str]>| {
            let interfaces = interfaces.map(names);
            let asked = unasked(before, interfaces.as_deref());
            asked.iter().map(|network| network.interface.clone()).collect::<Vec<_>>()
        };
        assert_eq!(asked(&before, None), ["eth0", "wlan0", "eth2"]);
        assert_eq!(asked(&before, Some(&["docker0"])), ["docker0"], "it was named");
        let limited = Sharing { interfaces: Some(names(&["wlan0"])), ..machine() };
        assert_eq!(asked(&limited, None), ["wlan0"]);
        assert_eq!(asked(&limited, Some(&[])), ["eth0", "wlan0", "eth2"], "every interface again");
        let shared = Sharing { reach: Reach::Lan, ..machine() };
        assert_eq!(asked(&shared, None), ["eth0", "wlan0"], "a no stays a no");
        let answers = answers(&limited, None, true).unwrap();
        assert_eq!(answers, [(&limited.networks[1], true)]);
    }

    #[test]
    fn a_network_that_is_refused_is_open_at_no_moment() {
        let before = machine();
        let [eth0, wlan0, _, _, eth2] = before.networks.as_slice() else { panic!("five networks") };
        let steps = changes(&before, None, false, &[(eth0, true), (wlan0, false), (eth2, true)]);
        let set = |interfaces: &[&str]| {
            let (reach, open, interfaces) = (Some(Reach::Lan), Some(false), Some(names(interfaces)));
            Change::Sharing(SharingChange { reach, open, interfaces, ..SharingChange::default() })
        };
        let say =
            |network: &NetworkInfo, allow| Change::Network(NetworkAnswer { id: network.id.clone(), allow });
        let first = set(&["eth0", "eth1", "eth2"]);
        assert_eq!(steps, [first, say(eth0, true), say(wlan0, false), say(eth2, true), set(&[])]);
    }
}
