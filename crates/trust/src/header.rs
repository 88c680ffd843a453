//! The closed protected header, read in one pass without building a JSON tree.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{Deserialize, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::algorithm::Algorithm;
use crate::codec;
use crate::problem::{TrustProblem, quoted};

/// At most this many certificates in `x5c`: the signer, its issuer, the root.
pub(crate) const X5C_COUNT_MAX: usize = 3;

/// 9999-12-31T23:59:59Z, the last instant an X.509 certificate can name (RFC 5280 §4.1.2.5).
const INSTANT_MAX: i64 = 253_402_300_799;

/// Registered members that change what is signed, how, or by whom: refused by name, so that the
/// sender learns that we understood and refuse. From RFC 7515, RFC 7516, RFC 7797 and
/// ETSI TS 119 182-1 §5.
const FORBIDDEN: &[&str] = &[
    "crit", "b64", "zip", "kid", "jku", "jwk", "x5u", "x5t", "x5t#o", "sigX5ts", "sigT", "sigD",
    "sigPl", "sigPId", "srCms", "srAts", "adoTst", "etsiU", "enc", "url", "nonce", "exp", "nbf",
];

/// What the header says; a member that is missing or malformed is absent here and reported.
#[derive(Debug, Default)]
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) x5c: [Cow<'a, str>; X5C_COUNT_MAX],
    pub(crate) x5c_count: usize,
    pub(crate) thumbprint: Option<[u8; 32]>,
    pub(crate) signing_time: Option<i64>,
}

impl<'a> Header<'a> {
    /// Reads the header, adding what is wrong to `problems`; `None` when it is not a JSON object.
    pub(crate) fn parse(json: &'a [u8], problems: &mut Vec<TrustProblem>) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let before = problems.len();
        let header = deserializer.deserialize_map(HeaderVisitor { problems });
        match header.and_then(|header| deserializer.end().map(|()| header)) {
            Ok(header) => Some(header),
            Err(_) => {
                problems.truncate(before);
                problems.push(TrustProblem::HeaderNotJson);
                None
            }
        }
    }

    /// The text of `x5c[0]`, the signer's certificate.
    pub(crate) fn signer(&self) -> Option<&str> {
        let first = self.x5c.first()?;
        (self.x5c_count > 0).then_some(first.as_ref())
    }
}

struct HeaderVisitor<'p> {
    problems: &'p mut Vec<TrustProblem>,
}

/// The six members, in the order of a bit set.
const MEMBERS: [&str; 6] = ["alg", "typ", "cty", "x5c", "x5t#S256", "iat"];

impl<'a> Visitor<'a> for HeaderVisitor<'_> {
    type Value = Header<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<Header<'a>, M::Error> {
        let mut header = Header::default();
        let mut seen = [false; MEMBERS.len()];
        while let Some(Text(name)) = members.next_key()? {
            let known = MEMBERS
                .iter()
                .zip(&mut seen)
                .find(|(member, _)| **member == name);
            let Some((member, seen)) = known else {
                members.next_value::<IgnoredAny>()?;
                self.problems.push(stranger(&name));
                continue;
            };
            if std::mem::replace(seen, true) {
                members.next_value::<IgnoredAny>()?;
                self.problems.push(TrustProblem::DuplicateMember {
                    name: quoted(&name),
                });
                continue;
            }
            let value = members.next_value()?;
            if let Err(problem) = header.take(member, value) {
                self.problems.push(problem);
            }
        }
        for (name, seen) in MEMBERS.iter().zip(seen) {
            if !seen {
                self.problems.push(TrustProblem::MissingMember { name });
            }
        }
        Ok(header)
    }
}

fn stranger(name: &str) -> TrustProblem {
    let quoted = quoted(name);
    if FORBIDDEN.contains(&name) {
        TrustProblem::ForbiddenMember { name: quoted }
    } else {
        TrustProblem::UnknownMember { name: quoted }
    }
}

impl<'a> Header<'a> {
    fn take(&mut self, name: &'static str, value: Member<'a>) -> Result<(), TrustProblem> {
        match (name, value) {
            ("alg", Member::Text(text)) => {
                let algorithm = Algorithm::from_name(&text);
                self.algorithm =
                    Some(algorithm.ok_or_else(|| TrustProblem::AlgorithmNotAllowed {
                        algorithm: quoted(&text),
                    })?);
            }
            ("typ", Member::Text(text)) if !is_media_type(&text, "jose") => {
                return Err(TrustProblem::WrongMediaType { name });
            }
            ("cty", Member::Text(text)) if !is_media_type(&text, "json") => {
                return Err(TrustProblem::WrongMediaType { name });
            }
            ("typ" | "cty", Member::Text(_)) => {}
            (
                "x5c",
                Member::List {
                    texts,
                    count,
                    only_texts: true,
                },
            ) => {
                if count == 0 || count > X5C_COUNT_MAX {
                    return Err(TrustProblem::CertificateCount { count });
                }
                self.x5c = texts;
                self.x5c_count = count;
            }
            ("x5t#S256", Member::Text(text)) => {
                let hash = codec::decode_hash(&text);
                self.thumbprint = Some(hash.ok_or(TrustProblem::ThumbprintMalformed)?);
            }
            ("iat", Member::Integer(seconds)) if (0..=INSTANT_MAX).contains(&seconds) => {
                self.signing_time = Some(seconds);
            }
            ("iat", Member::Integer(_) | Member::OtherNumber) => {
                return Err(TrustProblem::SigningTimeMalformed);
            }
            (name, _) => return Err(TrustProblem::WrongType { name }),
        }
        Ok(())
    }
}

/// Compares a media type as RFC 7515 §4.1.9 does: any case, with or without `application/`.
fn is_media_type(text: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match text.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => text.get(PREFIX.len()..),
        _ => Some(text),
    };
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case(expected))
}

/// A JSON string, borrowed unless it has escapes (some signers write `\/` in base64).
struct Text<'a>(Cow<'a, str>);

struct TextVisitor;

impl<'a> Visitor<'a> for TextVisitor {
    type Value = Text<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The value of a member, as far as the profile can use it.
enum Member<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    /// A number that is no `i64`: a fraction, an exponent, too large.
    OtherNumber,
    List {
        texts: [Cow<'a, str>; X5C_COUNT_MAX],
        count: usize,
        only_texts: bool,
    },
    Other,
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'a> Visitor<'a> for MemberVisitor {
    type Value = Member<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Member<'a>, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Member<'a>, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Member<'a>, E> {
        Ok(i64::try_from(number).map_or(Member::OtherNumber, Member::Integer))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Member<'a>, E> {
        Ok(Member::Integer(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member<'a>, E> {
        Ok(Member::OtherNumber)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member<'a>, E> {
        Ok(Member::Other)
    }

    fn visit_unit<E>(self) -> Result<Member<'a>, E> {
        Ok(Member::Other)
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut elements: S) -> Result<Member<'a>, S::Error> {
        let mut texts = <[Cow<'a, str>; X5C_COUNT_MAX]>::default();
        let mut only_texts = true;
        let mut count = 0;
        for slot in &mut texts {
            match elements.next_element()? {
                Some(Member::Text(text)) => *slot = text,
                Some(_) => only_texts = false,
                None => {
                    return Ok(Member::List {
                        texts,
                        count,
                        only_texts,
                    });
                }
            }
            count += 1;
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Member::List {
            texts,
            count,
            only_texts,
        })
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<Member<'a>, M::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }
}
