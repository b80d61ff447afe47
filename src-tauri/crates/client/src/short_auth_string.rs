//! Pairing without a link: both screens show the same six digits, people compare them, and confirm on both sides.
//! Formulas and reasons are in [`wire::proof::comparison`]. It is safe against an attacker on the network.

use std::time::{Duration, Instant};

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use wire::fleet::Comparing;
use wire::limits::PAIRING_ANSWER;
use wire::pin::{ChannelBinding, Pin};
use wire::proof::comparison::{Compared, Comparison as Ends, thirty_two};
use wire::proof::hex;
use wire::sharing::{PairAnswer, PairRequest};
use wire::text::{is_id, shown};

use super::address::Address;
use super::constants::RESPONSE_TIMEOUT;
use super::pairing::{PairError, Paired, ask_once};
use super::stream::random;

/// A comparison that waits for both people. Where it is dropped, the machine asks its owner until that times out.
#[derive(Debug)]
pub struct Comparison {
    /// For this screen.
    pub comparing: Comparing,
    address: Address,
    /// The key that encrypts the connection: the digits cover it.
    pin: Pin,
    machine_id: String,
    compared: Compared,
    until: Instant,
}

/// Begins to pair with the machine at `address`, as a program named `name`. The owner there is asked from now on; the
/// digits are to be compared with those of that screen before [`Comparison::confirm`].
///
/// # Errors
/// See [`PairError`]; its text says what to do.
pub async fn compare(address: &Address, name: &str) -> Result<Comparison, PairError> {
    let not_sightline = || PairError::NotSightline(address.clone());
    let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new());
    let secret = secret.map_err(|_| PairError::NoRandom)?;
    let key = hex(secret.compute_public_key().map_err(|_| PairError::NoRandom)?.as_ref());
    let nonce = hex(&random().ok_or(PairError::NoRandom)?);
    let commitment = Ends::commitment(&key, &nonce);
    let commit = PairRequest::Commit { commitment, name: name.to_owned() };
    let (answer, pin) = ask_once(address, None, &commit, RESPONSE_TIMEOUT).await?;
    let PairAnswer::Committed {
        request: ticket,
        machine_id,
        machine_name,
        key: theirs,
        nonce: machine_nonce,
    } = answer
    else {
        return Err(not_sightline());
    };
    let public =
        thirty_two(&theirs).filter(|_| thirty_two(&machine_nonce).is_some()).ok_or_else(not_sightline)?;
    if !is_id(&machine_id) {
        return Err(not_sightline());
    }
    let ends = Ends {
        app_key: &key,
        app_nonce: &nonce,
        machine_key: &theirs,
        machine_nonce: &machine_nonce,
        binding: ChannelBinding::Key(pin),
        app_name: name,
        machine_id: &machine_id,
        machine_name: &machine_name,
    };
    let public = UnparsedPublicKey::new(&X25519, public);
    let compared =
        agree_ephemeral(secret, &public, |shared| ends.compare(shared)).map_err(|_| not_sightline())?;
    let reveal = PairRequest::Reveal { request: ticket.clone(), key: key.clone(), nonce: nonce.clone() };
    let revealed = ask_once(address, Some(pin), &reveal, RESPONSE_TIMEOUT).await?;
    let (PairAnswer::Waiting { left_ms, .. }, _) = revealed else { return Err(not_sightline()) };
    let machine_name = shown(&machine_name).unwrap_or_else(|| address.to_string());
    let until = Instant::now() + Duration::from_millis(left_ms);
    let comparing = Comparing { ticket, digits: compared.digits.clone(), machine_name, left_ms };
    Ok(Comparison { comparing, address: address.clone(), pin, machine_id, compared, until })
}

impl Comparison {
    /// Confirms that both screens show the same digits, and waits for the owner's answer.
    ///
    /// # Errors
    /// See [`PairError`]: denied there, or without an answer in time.
    pub async fn confirm(self) -> Result<Paired, PairError> {
        let request = PairRequest::Request { request: self.comparing.ticket.clone() };
        loop {
            let limit = PAIRING_ANSWER + RESPONSE_TIMEOUT;
            let answer = ask_once(&self.address, Some(self.pin), &request, limit).await;
            match answer.map(|(answer, _)| answer) {
                Ok(PairAnswer::Agreed { scope, proof }) if self.compared.is_machine(scope, &proof) => {
                    return Ok(Paired {
                        address: self.address,
                        machine_id: self.machine_id,
                        machine_name: self.comparing.machine_name,
                        scope,
                        token_id: self.compared.token_id,
                        secret: self.compared.token,
                        pin: self.pin,
                    });
                }
                Ok(PairAnswer::Agreed { .. }) => return Err(PairError::Impostor(self.address)),
                Ok(PairAnswer::Waiting { .. }) if Instant::now() < self.until => {}
                Ok(PairAnswer::Waiting { .. }) => return Err(PairError::Unanswered(self.address)),
                Ok(_) => return Err(PairError::NotSightline(self.address)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Cancels the comparison, because the digits differ or the user gave up: the owner is not asked any longer. A
    /// machine that this does not reach lets it time out.
    pub async fn refuse(self) {
        let request = PairRequest::Withdraw { request: self.comparing.ticket };
        if let Err(error) = ask_once(&self.address, Some(self.pin), &request, RESPONSE_TIMEOUT).await {
            tracing::debug!(%error, "a comparison was given up, and the machine not told");
        }
    }
}
