package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
)

// scsStore keeps scs sessions in an identity.SessionStore under the hash of
// their token. What the row says besides the data (whose, from where) comes in
// the context of the one commit that creates it.
type scsStore struct {
	store identity.SessionStore
	now   Clock
}

var errNoContext = errors.New("session store needs a context")

// FindCtx returns the data of a session that has not expired.
func (s *scsStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	row, err := s.store.Session(ctx, hashOf(token))
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return nil, false, nil //nolint:nilerr // none is an answer
	case err != nil:
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	now := s.now()
	return row.Data, now.Before(row.ExpiresAt) && opens(row, hashOf(token), now), nil
}

// CommitCtx writes a session.
func (s *scsStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	row, _ := ctx.Value(rowKey{}).(identity.Session)
	if row.ID == "" {
		row.ID = id.New()
	}
	now := s.now().UTC()
	row.Token, row.Data, row.ExpiresAt = hashOf(token), data, expiry
	row.CreatedAt, row.LastSeenAt = now, now
	if err := s.store.SaveSession(ctx, row); err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// DeleteCtx deletes a session; one that is not there is no error.
func (s *scsStore) DeleteCtx(ctx context.Context, token string) error {
	row, err := s.store.Session(ctx, hashOf(token))
	switch {
	case err == nil && !opens(row, hashOf(token), s.now()), fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("find session: %w", err)
	}
	if err := s.store.DeleteSession(ctx, row.ID); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// Find, Commit and Delete exist for scs's older interface, which it never calls
// on a store that takes a context.

// Find is never called.
func (s *scsStore) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit is never called.
func (s *scsStore) Commit(string, []byte, time.Time) error { return errNoContext }

// Delete is never called.
func (s *scsStore) Delete(string) error { return errNoContext }

type rowKey struct{}

// withRow tells CommitCtx whose session it writes.
func withRow(ctx context.Context, row identity.Session) context.Context {
	return context.WithValue(ctx, rowKey{}, row)
}

// jsonCodec writes session values, all strings, as JSON instead of gob: shorter,
// and legible in the database.
type jsonCodec struct{}

type sessionJSON struct {
	Deadline int64             `json:"deadline"` // Unix milliseconds
	Values   map[string]string `json:"values,omitempty"`
}

// Encode writes the values.
func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	out := sessionJSON{Deadline: deadline.UnixMilli(), Values: make(map[string]string, len(values))}
	for k, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("session value %s is a %T, not a string", k, v)
		}
		out.Values[k] = text
	}
	return json.Marshal(out)
}

// Decode reads what Encode wrote.
func (jsonCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var in sessionJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return time.Time{}, nil, fmt.Errorf("read session: %w", err)
	}
	values := make(map[string]any, len(in.Values))
	for k, v := range in.Values {
		values[k] = v
	}
	return time.UnixMilli(in.Deadline).UTC(), values, nil
}
