package message

import (
	"context"
	"fmt"
	"io"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
)

// maxNarrow bounds what is read of a stored file, in bytes: more than the longest
// message.
const maxNarrow = 8 << 20

// List returns the messages that are offered, by name. Who owns no number and
// manages none is a Forbidden fault.
func (s *Service) List(ctx context.Context, actor member.Member) ([]Message, error) {
	if err := s.allowed(ctx, actor); err != nil {
		return nil, err
	}
	all, err := s.needs.Messages.Messages(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return all, nil
}

// Find returns a message, hidden or not, to somebody who may hear it.
func (s *Service) Find(ctx context.Context, actor member.Member, messageID string) (Message, error) {
	if err := s.allowed(ctx, actor); err != nil {
		return Message{}, err
	}
	m, err := s.needs.Messages.Message(ctx, actor.WorkspaceID, messageID)
	if err != nil {
		return Message{}, fmt.Errorf("find message: %w", err)
	}
	return m, nil
}

// Open returns the 16 kHz file of a message to somebody who may hear it, who
// closes it.
func (s *Service) Open(ctx context.Context, actor member.Member, messageID string) (io.ReadSeekCloser, error) {
	m, err := s.Find(ctx, actor, messageID)
	if err != nil {
		return nil, err
	}
	file, err := s.needs.Blobs.Open(ctx, m.WideKey())
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	return file, nil
}

// ALaw returns a message's samples, 8 kHz A-law without a header, for a call of the
// workspace.
func (s *Service) ALaw(ctx context.Context, workspaceID, messageID string) ([]byte, error) {
	m, err := s.needs.Messages.Message(ctx, workspaceID, messageID)
	if err != nil {
		return nil, fmt.Errorf("find message: %w", err)
	}
	file, err := s.needs.Blobs.Open(ctx, m.BlobKey)
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	narrow, err := io.ReadAll(io.LimitReader(file, maxNarrow))
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	samples, err := s.needs.Studio.Samples(narrow)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	return samples, nil
}

// Changeable says whether somebody may replace and delete a message: those who
// manage numbers, and who made it as long as he owns a number.
func Changeable(actor member.Member, m Message) bool {
	return actor.Role.Can(member.ManageNumbers) || m.CreatedBy == actor.ID
}

// changeable finds a message the actor may replace or delete.
func (s *Service) changeable(ctx context.Context, actor member.Member, messageID string) (Message, error) {
	m, err := s.Find(ctx, actor, messageID)
	if err != nil {
		return Message{}, err
	}
	if m.Hidden {
		return Message{}, fault.New(fault.NotFound, "error.not-found")
	}
	if !Changeable(actor, m) {
		return Message{}, fault.New(fault.Forbidden, "error.message-not-yours")
	}
	return m, nil
}

// allowed refuses who neither manages numbers nor owns one.
func (s *Service) allowed(ctx context.Context, actor member.Member) error {
	if actor.Role.Can(member.ManageNumbers) {
		return nil
	}
	f, err := s.needs.Access.AccessFacts(ctx, actor.WorkspaceID, actor.ID)
	if err != nil {
		return fmt.Errorf("read what the member reaches: %w", err)
	}
	if len(f.Owned) == 0 {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}
