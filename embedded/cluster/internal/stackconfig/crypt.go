package stackconfig

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Pulumi's own secrets provider `passphrase`, version 1: AES-256-GCM with a key from PBKDF2.
const (
	version    = "v1"
	iterations = 1_000_000
	saltBytes  = 8
	keyBytes   = 32
	// canary is what the salt's line holds encrypted, so that a wrong passphrase is noticed.
	canary = "pulumi"
)

type crypter struct{ gcm cipher.AEAD }

func newCrypter(passphrase string, salt []byte) (crypter, error) {
	key, err := pbkdf2.Key(sha256.New, passphrase, salt, iterations, keyBytes)
	if err != nil {
		return crypter{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return crypter{}, err
	}
	gcm, err := cipher.NewGCM(block)
	return crypter{gcm}, err
}

// create returns a crypter and the line that Pulumi finds its salt in.
func create(passphrase string) (crypter, string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	c, err := newCrypter(passphrase, salt)
	if err != nil {
		return crypter{}, "", err
	}
	return c, fmt.Sprintf("%s:%s:%s", version, base64.StdEncoding.EncodeToString(salt), c.encrypt(canary)), nil
}

// open is create for a salt that exists.
func open(passphrase, saltLine string) (crypter, error) {
	parts := strings.SplitN(saltLine, ":", 3)
	if len(parts) != 3 || parts[0] != version {
		return crypter{}, errors.New("encryptionsalt: unknown format")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return crypter{}, fmt.Errorf("encryptionsalt: %w", err)
	}
	c, err := newCrypter(passphrase, salt)
	if err != nil {
		return crypter{}, err
	}
	if text, err := c.decrypt(parts[2]); err != nil || text != canary {
		return crypter{}, errors.New("the passphrase is not the one that the secrets were encrypted with")
	}
	return c, nil
}

func (c crypter) encrypt(text string) string {
	nonce := make([]byte, c.gcm.NonceSize())
	rand.Read(nonce)
	sealed := c.gcm.Seal(nil, nonce, []byte(text), nil)
	return fmt.Sprintf("%s:%s:%s", version, base64.StdEncoding.EncodeToString(nonce), base64.StdEncoding.EncodeToString(sealed))
}

func (c crypter) decrypt(text string) (string, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || parts[0] != version {
		return "", errors.New("encrypted value: unknown format")
	}
	nonce, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil || len(nonce) != c.gcm.NonceSize() {
		return "", errors.New("encrypted value: unknown format")
	}
	sealed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return "", err
	}
	opened, err := c.gcm.Open(nil, nonce, sealed, nil)
	return string(opened), err
}
