//! Passwords and their hashes (argon2id). Neither is ever printed.

use std::{fmt, num::NonZero, sync::Arc, time::Duration};

use argon2::{
    Argon2, PasswordHash as Parsed, PasswordHasher as _, PasswordVerifier as _,
    password_hash::SaltString,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore as _;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use twinbase::FieldType;
use twinbase_web::{Part, Place};

use super::{Error, Invalid};

/// A password as it was typed.
#[derive(Clone)]
pub struct Password(String);

/// The hash of a password, in the PHC string format.
#[derive(Clone, PartialEq, Eq, FieldType)]
pub struct PasswordHash(String);

/// Hashes and checks passwords, a few at a time: each takes 19 MiB and tens of milliseconds of a core.
///
/// Checking has slots of its own: however many people sign up, signing in goes on.
#[derive(Clone)]
pub struct Passwords {
    checking: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
}

/// The hash of random bytes that nobody kept, made as [`hash`] makes them: checking against it takes as long as against a real one.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$wVwAY941quqOFwBLJ7BuHA$SfqyMt6idM9E8ZOPit0c1qe31ZW4ebz1XWUaK4ULnBA";

/// How long a request waits for its turn before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

impl Password {
    /// Takes a password of 8 to 256 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() <= 1024 && (8..=256).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must have 8 to 256 characters"))
        }
    }

    /// Takes what somebody offers to sign in with; of any length that can be checked.
    pub fn offered(text: &str) -> Result<Self, Invalid> {
        if text.len() <= 1024 {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must have at most 256 characters"))
        }
    }
}

impl Part for Password {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.text(&value, Self::parse)
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "password", "minLength": 8, "maxLength": 256 })
    }
}

impl PasswordHash {
    pub(super) const fn new(phc: String) -> Self {
        Self(phc)
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl Passwords {
    /// As many checks at once as this machine has cores, and half as many hashes.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            checking: Arc::new(Semaphore::new(cores)),
            hashing: Arc::new(Semaphore::new(cores.div_ceil(2))),
        }
    }

    /// The hash of a password, with a salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let password = password.clone();
        let hashed = run(&self.hashing, move || hash(password.0.as_bytes())).await?;
        hashed.map(PasswordHash).ok_or(BUSY)
    }

    /// A digest of a password that is the same for the same `salt`, and as hard to guess from as a hash.
    pub async fn digest(&self, password: &Password, salt: [u8; 32]) -> Result<String, Error> {
        let password = password.clone();
        let digest = run(&self.hashing, move || {
            let mut digest = [0; 32];
            Argon2::default()
                .hash_password_into(password.0.as_bytes(), &salt, &mut digest)
                .ok()
                .map(|()| URL_SAFE_NO_PAD.encode(digest))
        });
        digest.await?.ok_or(BUSY)
    }

    /// Whether the password is the one that was hashed. Takes as long when there is no hash.
    pub async fn matches(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, Error> {
        let (known, phc) = match hash {
            Some(hash) => (true, Arc::from(hash.expose())),
            None => (false, Arc::from(DECOY)),
        };
        let password = password.clone();
        let fits = run(&self.checking, move || {
            Parsed::new(&phc).is_ok_and(|parsed| {
                Argon2::default()
                    .verify_password(password.0.as_bytes(), &parsed)
                    .is_ok()
            })
        });
        Ok(fits.await? && known)
    }
}

async fn run<T: Send + 'static>(
    slots: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let slot = timeout(PATIENCE, Arc::clone(slots).acquire_owned()).await;
    let Ok(Ok(slot)) = slot else { return Err(BUSY) };
    spawn_blocking(move || {
        let done = work();
        // The slot is held until the work is done, also when nobody waits for it any more.
        drop(slot);
        done
    })
    .await
    .map_err(|_| BUSY)
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

const BUSY: Error = Error::Busy {
    operation: "check a password",
};

/// Argon2id with the parameters that OWASP recommends (19 MiB, two passes).
fn hash(password: &[u8]) -> Option<String> {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    let salt = SaltString::encode_b64(&bytes).ok()?;
    let hash = Argon2::default().hash_password(password, &salt).ok()?;
    Some(hash.to_string())
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(hidden)")
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("free_to_check", &self.checking.available_permits())
            .field("free_to_hash", &self.hashing.available_permits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, Passwords};

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let right = Password::parse("correct horse").expect("it is long enough");
        let wrong = Password::offered("correct house").expect("it is short enough");
        let hash = passwords.hash(&right).await.expect("there is a slot");
        assert!(hash.expose().starts_with("$argon2id$"));
        assert!(
            passwords
                .matches(&right, Some(&hash))
                .await
                .expect("a slot")
        );
        assert!(
            !passwords
                .matches(&wrong, Some(&hash))
                .await
                .expect("a slot")
        );
        assert!(!passwords.matches(&right, None).await.expect("a slot"));
    }

    #[test]
    fn an_unknown_name_costs_as_much_as_a_known_one() {
        let real = super::hash(b"correct horse").expect("it is hashed");
        let costs = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(costs(super::DECOY), costs(&real));
        assert_eq!(super::DECOY.len(), real.len());
        argon2::PasswordHash::new(super::DECOY).expect("it can be checked");
    }

    #[tokio::test]
    async fn signing_in_does_not_wait_for_those_who_sign_up() {
        let passwords = Passwords::new();
        let permits = passwords.hashing.available_permits();
        let all = u32::try_from(permits).expect("there are few cores");
        let _sign_ups = passwords.hashing.acquire_many(all).await;
        let password = Password::offered("correct horse").expect("it is short enough");
        let checked = passwords.matches(&password, None).await;
        assert!(!checked.expect("a slot of its own is free"));
    }

    #[tokio::test]
    async fn a_digest_depends_on_the_password_and_the_salt() {
        let passwords = Passwords::new();
        let digest = async |text, salt| {
            let password = Password::parse(text).expect("it is long enough");
            passwords
                .digest(&password, [salt; 32])
                .await
                .expect("a slot")
        };
        let first = digest("correct horse", 1).await;
        assert_eq!(first, digest("correct horse", 1).await);
        assert_ne!(first, digest("correct house", 1).await);
        assert_ne!(first, digest("correct horse", 2).await);
    }

    #[test]
    fn neither_password_nor_hash_is_printed() {
        let password = Password::parse("correct horse").expect("it is long enough");
        assert_eq!(format!("{password:?}"), "Password(hidden)");
        let hash = super::PasswordHash::new("$argon2id$".into());
        assert_eq!(format!("{hash:?}"), "PasswordHash(hidden)");
    }
}
