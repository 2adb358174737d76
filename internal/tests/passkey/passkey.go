// Package passkey is an authenticator in software for tests: it makes ES256
// passkeys with attestation "none" and answers the two WebAuthn ceremonies as a
// browser would send them. Its fields can be bent to act a careless or hostile
// browser. One goroutine uses an Authenticator.
package passkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Authenticator holds passkeys and the browser around it.
type Authenticator struct {
	Origin       string // where the page is, as the browser reports it
	SkipVerify   bool   // leaves user verification out
	Counter      uint32 // signature counter of the next answer; it goes up by itself
	FreezeCount  bool   // keeps the counter where it is, as a copied key would
	ForeignParty string // signs for this relying party instead of the one asked
	ForcedID     []byte // id of the next passkey; random where it is empty

	keys []*key
}

type key struct {
	id     []byte
	handle []byte
	party  string
	secret *ecdsa.PrivateKey
}

// New returns an empty authenticator in a browser at origin.
func New(origin string) *Authenticator { return &Authenticator{Origin: origin} }

// Len is the number of passkeys held.
func (a *Authenticator) Len() int { return len(a.keys) }

// Forget drops all passkeys but the last n.
func (a *Authenticator) Forget(keep int) { a.keys = a.keys[len(a.keys)-keep:] }

// ErrExcluded is what a browser reports when the options exclude a passkey that
// this authenticator holds.
var ErrExcluded = errors.New("passkey: an excluded credential is held")

type options struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		Exclude []struct {
			ID string `json:"id"`
		} `json:"excludeCredentials"`
	} `json:"publicKey"`
}

// Create answers navigator.credentials.create: options in, credential out, both
// as the JSON that travels.
func (a *Authenticator) Create(raw []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read creation options: %w", err)
	}
	for _, ex := range o.PublicKey.Exclude {
		for _, k := range a.keys {
			if encode(k.id) == ex.ID {
				return nil, ErrExcluded
			}
		}
	}
	handle, err := decode(o.PublicKey.User.ID)
	if err != nil {
		return nil, fmt.Errorf("read user handle: %w", err)
	}
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	k := &key{id: random(32), handle: handle, party: o.PublicKey.RP.ID, secret: secret}
	if len(a.ForcedID) > 0 {
		k.id = a.ForcedID
	}
	cose, err := webauthncbor.Marshal(map[int]any{
		1: 2, 3: -7, -1: 1, -2: pad(secret.X), -3: pad(secret.Y), // RFC 9053: EC2, ES256, P-256
	})
	if err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	auth := a.authData(k.party, true)
	auth = append(auth, make([]byte, 16)...) // AAGUID
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(k.id)))
	auth = append(append(auth, k.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": auth})
	if err != nil {
		return nil, fmt.Errorf("write attestation: %w", err)
	}
	a.keys = append(a.keys, k)
	return json.Marshal(map[string]any{
		"id": encode(k.id), "rawId": encode(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON":    encode(a.clientData("webauthn.create", o.PublicKey.Challenge)),
			"attestationObject": encode(object),
			"transports":        []string{"internal"},
		},
	})
}

// Get answers navigator.credentials.get with the newest passkey of the party.
func (a *Authenticator) Get(raw []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read request options: %w", err)
	}
	var k *key
	for _, held := range a.keys {
		if held.party == o.PublicKey.RPID {
			k = held
		}
	}
	if k == nil {
		return nil, fmt.Errorf("no passkey of %s", o.PublicKey.RPID)
	}
	auth := a.authData(o.PublicKey.RPID, false)
	client := a.clientData("webauthn.get", o.PublicKey.Challenge)
	clientHash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte(nil), auth...), clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.secret, signed[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return json.Marshal(map[string]any{
		"id": encode(k.id), "rawId": encode(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON":    encode(client),
			"authenticatorData": encode(auth),
			"signature":         encode(signature),
			"userHandle":        encode(k.handle),
		},
	})
}

// authData is the head of authenticator data (Web Authentication 6.1).
func (a *Authenticator) authData(party string, attested bool) []byte {
	if a.ForeignParty != "" {
		party = a.ForeignParty
	}
	if !a.FreezeCount {
		a.Counter++
	}
	flags := byte(0x01) // user present
	if !a.SkipVerify {
		flags |= 0x04
	}
	if attested {
		flags |= 0x40
	}
	hash := sha256.Sum256([]byte(party))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Authenticator) clientData(kind, challenge string) []byte {
	raw, _ := json.Marshal(map[string]any{ // strings and a bool cannot fail
		"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false,
	})
	return raw
}

func pad(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func encode(b []byte) string          { return base64.RawURLEncoding.EncodeToString(b) }
func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
