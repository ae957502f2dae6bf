//! How the lab signs tokens: with HMAC-SHA-256 alone. The library's own signatures, of which a step
//! uses this one, would be half of the file of Part V.

use hmac::{Hmac, Mac};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};
use sha2_010::Sha256;

static HS256: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key: &EncodingKey| {
        known(algorithm, key.family())?;
        Ok(Box::new(Key::new(key.as_bytes())?))
    },
    verifier_factory: |algorithm, key: &DecodingKey| {
        known(algorithm, key.family())?;
        Ok(Box::new(Key::new(key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// From now on, the library signs with this. It changes nothing to say so twice.
pub(super) fn install() {
    let _ = HS256.install_default();
}

fn known(algorithm: &Algorithm, family: AlgorithmFamily) -> Result<()> {
    let is_known = (*algorithm, family) == (Algorithm::HS256, AlgorithmFamily::Hmac);
    if is_known { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

struct Key(Hmac<Sha256>);

impl Key {
    fn new(bytes: &[u8]) -> Result<Self> {
        let key = Hmac::new_from_slice(bytes);
        Ok(Self(key.map_err(|_| ErrorKind::InvalidKeyFormat)?))
    }

    fn mac(&self, text: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(text)
    }
}

impl Signer<Vec<u8>> for Key {
    fn try_sign(&self, text: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.mac(text).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Key {
    fn verify(&self, text: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.mac(text).verify_slice(signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
