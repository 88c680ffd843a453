//! The crate from outside: every cause of refusal, properties, issuing, and OpenSSL as judge.

#[cfg(test)]
mod cases_card;
#[cfg(test)]
mod cases_format;
#[cfg(test)]
mod causes;
#[cfg(test)]
mod dss;
#[cfg(test)]
mod issuing;
#[cfg(test)]
mod known_answer;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod openssl_tool;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod seals;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;
