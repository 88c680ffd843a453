//! Files that are open on the pages: each under a random token, bound to one avis, forgotten after a while without a
//! request. Nothing of it is written down.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cnt_service_kit::ids;
use cnt_vault::Digest;
use jiff::Timestamp;
use uuid::Uuid;

use crate::config::PortalSection;

/// Sessions of one avis at a time; beyond, the one idle longest ends.
const OF_AVIS_MAX: usize = 5;
/// Seconds after which a session ends, used or not.
const LONGEST_S: i64 = 4 * 3_600;
/// What was sent in a session and is remembered there.
const SENT_MAX: usize = 20;

/// A session as a request sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    /// The avis whose file is open.
    pub(crate) avis: i64,
    /// What every form of the session carries.
    pub(crate) form_token: String,
    /// Contestations sent in this session, with the instant of their reception.
    pub(crate) sent: Vec<(Uuid, Timestamp)>,
}

struct Session {
    visit: Visit,
    opened: Timestamp,
    seen: Timestamp,
}

/// All of them.
pub(crate) struct Sessions {
    idle_s: i64,
    sessions_max: usize,
    is_secure: bool,
    by_token: Mutex<HashMap<Digest, Session>>,
}

/// 244 random bits.
fn token() -> String {
    let halves = [ids::new_random(), ids::new_random()];
    halves.map(|half| half.simple().to_string()).concat()
}

fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(since.as_second())
}

impl Sessions {
    pub(crate) fn new(config: &PortalSection) -> Self {
        Self {
            idle_s: i64::from(config.session_idle_minutes.get()).saturating_mul(60),
            sessions_max: usize::try_from(config.sessions_max.get()).unwrap_or(usize::MAX),
            is_secure: config.secure_cookie,
            by_token: Mutex::default(),
        }
    }

    /// Opens a session; its token.
    pub(crate) fn open(&self, avis: i64, now: Timestamp) -> String {
        let mut sessions = self.lock();
        sessions.retain(|_, session| self.is_alive(session, now));
        let of_avis = sessions
            .values()
            .filter(|session| session.visit.avis == avis);
        if of_avis.count() >= OF_AVIS_MAX {
            end_idlest(&mut sessions, |session| session.visit.avis == avis);
        }
        if sessions.len() >= self.sessions_max {
            end_idlest(&mut sessions, |_| true);
        }
        let secret = token();
        let session = Session {
            visit: Visit {
                avis,
                form_token: token(),
                sent: Vec::new(),
            },
            opened: now,
            seen: now,
        };
        sessions.insert(Digest::of(secret.as_bytes()), session);
        secret
    }

    /// The session of a token, which is used now.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<Visit> {
        let mut sessions = self.lock();
        let key = Digest::of(token.as_bytes());
        let session = sessions.get_mut(&key)?;
        if !self.is_alive(session, now) {
            sessions.remove(&key);
            return None;
        }
        session.seen = now;
        Some(session.visit.clone())
    }

    /// Remembers that a contestation was sent.
    pub(crate) fn sent(&self, token: &str, id: Uuid, at: Timestamp) {
        if let Some(session) = self.lock().get_mut(&Digest::of(token.as_bytes())) {
            let sent = &mut session.visit.sent;
            if sent.len() >= SENT_MAX {
                sent.remove(0);
            }
            sent.push((id, at));
        }
    }

    /// Ends a session.
    pub(crate) fn close(&self, token: &str) {
        self.lock().remove(&Digest::of(token.as_bytes()));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.lock().len()).unwrap_or(i64::MAX)
    }

    /// Name of the cookie. The prefix binds it to the host and to TLS.
    pub(crate) const fn cookie_name(&self) -> &'static str {
        if self.is_secure {
            "__Host-cnt-dossier"
        } else {
            "cnt-dossier"
        }
    }

    /// The cookie of a token; without one, what ends it.
    pub(crate) fn cookie(&self, token: Option<&str>) -> String {
        let (name, secure) = (
            self.cookie_name(),
            if self.is_secure { "; Secure" } else { "" },
        );
        let (token, ended) = token.map_or(("", "; Max-Age=0"), |token| (token, ""));
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ended}")
    }

    fn is_alive(&self, session: &Session, now: Timestamp) -> bool {
        seconds(session.seen, now) < self.idle_s && seconds(session.opened, now) < LONGEST_S
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        // Each change is one step: a panic elsewhere leaves nothing half done.
        self.by_token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end_idlest(sessions: &mut HashMap<Digest, Session>, of: impl Fn(&Session) -> bool) {
    let among = sessions.iter().filter(|(_, session)| of(session));
    let idlest = among.min_by_key(|(_, session)| session.seen);
    if let Some(key) = idlest.map(|(key, _)| *key) {
        sessions.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(sessions_max: u32) -> Sessions {
        Sessions::new(&PortalSection {
            listen: "127.0.0.1:0".parse().unwrap(),
            secure_cookie: false,
            forwarded: false,
            session_idle_minutes: 20.try_into().unwrap(),
            sessions_max: sessions_max.try_into().unwrap(),
            acknowledgement_timeout_ms: 1_000.try_into().unwrap(),
            retry_after_seconds: 5,
        })
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old_or_closed() {
        let sessions = sessions(10);
        let token = sessions.open(7, at(0));
        assert_eq!(token.len(), 64);
        assert_eq!(sessions.find(&token, at(19)).unwrap().avis, 7);
        assert!(sessions.find(&token, at(39)).is_none());
        let token = sessions.open(7, at(0));
        for minute in (0..240).step_by(10) {
            assert!(sessions.find(&token, at(minute)).is_some(), "{minute}");
        }
        assert!(sessions.find(&token, at(240)).is_none());
        let token = sessions.open(7, at(0));
        sessions.close(&token);
        assert!(sessions.find(&token, at(0)).is_none());
        assert!(sessions.find("", at(0)).is_none());
    }

    #[test]
    fn there_are_so_many_and_no_more() {
        let sessions = sessions(10);
        let first = sessions.open(1, at(0));
        for avis in 2..=11 {
            sessions.open(avis, at(1));
        }
        assert_eq!(sessions.count(), 10);
        assert!(sessions.find(&first, at(1)).is_none());
        // Whoever has one key cannot end the sessions of others.
        let other = sessions.open(12, at(2));
        for _ in 0..20 {
            sessions.open(13, at(3));
        }
        assert!(sessions.find(&other, at(3)).is_some());
    }

    #[test]
    fn forms_carry_another_token_than_the_cookie() {
        let sessions = sessions(10);
        let token = sessions.open(1, at(0));
        let visit = sessions.find(&token, at(0)).unwrap();
        assert_ne!(visit.form_token, token);
        assert_eq!(
            sessions.cookie(Some("x")),
            "cnt-dossier=x; Path=/; HttpOnly; SameSite=Strict"
        );
        sessions.sent(&token, Uuid::from_u128(3), at(1));
        assert_eq!(
            sessions.find(&token, at(1)).unwrap().sent,
            [(Uuid::from_u128(3), at(1))]
        );
    }
}
