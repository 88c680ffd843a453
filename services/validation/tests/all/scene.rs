//! One reception, put together and judged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_contracts::stamp::ReceptionStamp;
use cnt_domain::problem::ProblemCode;
use cnt_trust::issue::{AgentIdentity, Issued};
use cnt_trust::{sha256, sign_compact};
use cnt_validation::{Judgement, check_bytes};
use serde_json::{Value, json};

use crate::fixture::{SIGNED, World, hex, stamp, version_of};

/// One reception, to be changed before it is judged.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) snapshot: Value,
    pub(crate) payload: Value,
    pub(crate) signed_at: i64,
    pub(crate) card: Option<Issued>,
    pub(crate) stamp: ReceptionStamp,
    pub(crate) bytes: Box<dyn Fn(String) -> String>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::new(2).unwrap();
        Self {
            snapshot: world.snapshot.clone(),
            payload: World::payload(&world.agents[0], 1),
            signed_at: SIGNED,
            card: None,
            stamp: stamp(1).unwrap(),
            bytes: Box::new(|text| text),
            world,
        }
    }

    /// Sets a value of the payload.
    pub(crate) fn pay(&mut self, pointer: &str, value: impl Into<Value>) {
        set(&mut self.payload, pointer, value.into());
    }

    /// Sets a value of the registry.
    pub(crate) fn reg(&mut self, pointer: &str, value: impl Into<Value>) {
        set(&mut self.snapshot, pointer, value.into());
    }

    pub(crate) fn signed(&mut self, at: i64) {
        self.signed_at = at;
    }

    pub(crate) fn agent(&self) -> AgentIdentity {
        self.world.agents[0].identity.clone()
    }

    /// Signs with another certificate, which the registry knows as the agent's.
    pub(crate) fn card(&mut self, card: Issued) {
        let fingerprint = hex(sha256(&card.certificate_der));
        self.reg("/cards/0/certificate", fingerprint);
        self.card = Some(card);
    }

    /// Changes the text of the protected header after signing.
    pub(crate) fn header(&mut self, from: &'static str, to: &'static str) {
        self.bytes = Box::new(move |text| part(&text, 0, from, to));
    }

    pub(crate) fn judge(&self) -> Judgement {
        let card = self.card.as_ref().unwrap_or(&self.world.agents[0].card);
        let payload = self.payload.to_string();
        let message =
            sign_compact(payload.as_bytes(), self.signed_at, &card.signer().unwrap()).unwrap();
        let bytes = (self.bytes)(message);
        let version = version_of(&self.snapshot).unwrap();
        check_bytes(bytes.as_bytes(), &self.stamp, &version).unwrap()
    }
}

pub(crate) fn set(root: &mut Value, pointer: &str, value: Value) {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match root.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.insert(member.to_owned(), value)),
        Value::Array(array) => array[member.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
}

/// Replaces a text inside one part of a compact JWS.
pub(crate) fn part(message: &str, index: usize, from: &str, to: &str) -> String {
    let mut parts: Vec<String> = message.split('.').map(str::to_owned).collect();
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(&parts[index]).unwrap()).unwrap();
    assert!(plain.contains(from));
    parts[index] = URL_SAFE_NO_PAD.encode(plain.replacen(from, to, 1));
    parts.join(".")
}

pub(crate) fn revoked(scene: &mut Scene, reason: &str, at: i64) {
    scene.reg(
        "/cards/0/revocation",
        json!({"effective_at_s": at, "reason": reason}),
    );
}

pub(crate) type Change = fn(&mut Scene);
pub(crate) type Case = (ProblemCode, Change, Change);

pub(crate) fn unchanged(_: &mut Scene) {}
