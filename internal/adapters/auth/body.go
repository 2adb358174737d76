package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"parley/internal/base/fault"
)

// promptly is how soon a body comes whose sender need not be looked at again.
const promptly = time.Second

// slowBody is the body of a member's request. Who was removed or demoted while he
// was sending it is not heard: without that, a request begun before and finished
// after would do what he may no longer. One goroutine reads it.
type slowBody struct {
	io.ReadCloser
	still func() error
}

// Read fails at the end of the body where the sender is not who he was.
func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if gone := b.still(); gone != nil {
			return n, gone
		}
	}
	return n, err
}

// watched has the sender of a body that is long in coming looked at again.
func (s *Sessions) watched(r *http.Request, who Who) *http.Request {
	r = r.WithContext(With(r.Context(), who))
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	began := s.now()
	r.Body = &slowBody{r.Body, func() error {
		if s.now().Sub(began) < promptly {
			return nil
		}
		return s.still(r.Context(), who)
	}}
	return r
}

// still is a fault where the session is over or its member has another role.
func (s *Sessions) still(ctx context.Context, who Who) error {
	now, err := s.Valid(ctx, who.SessionID)
	if err != nil {
		return err
	}
	if now.Member.Role != who.Member.Role {
		return fault.New(fault.Conflict, "error.conflict")
	}
	return nil
}
